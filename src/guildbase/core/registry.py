"""Finds features: our own, installed packages and a local folder, all through one door."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import structlog

from guildbase.core.errors import ConfigurationError
from guildbase.core.feature import FEATURE_FILES, Feature
from guildbase.core.i18n import add_catalogues

if TYPE_CHECKING:
    from guildbase.core.feature_settings import FeatureSettings

log = structlog.get_logger(__name__)

ENTRY_POINT_GROUP = "guildbase.features"
LOCAL_PACKAGE = "guildbase_local"


@dataclass
class FeatureRegistry:
    """The features of this process in loading order, and those that could not be taken in with the reason."""

    features: dict[str, Feature] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    """Hashes of the files that this process runs, by feature and file; the loader keeps them."""

    @classmethod
    def discover(cls, features_dir: Path | None = None) -> FeatureRegistry:
        """Return a registry of all features that can be found; a broken one is logged and left out."""
        registry = cls()
        found: dict[str, Feature] = {}
        for package in _sources(features_dir):
            try:
                feature = read_manifest(package)
                if feature.name in found:
                    raise ConfigurationError(f"{found[feature.name].package} has the name {feature.name} already.")
                found[feature.name] = feature
            except Exception as error:
                registry._refuse(package, error)
        for feature in found.values():
            registry._add_with_requirements(feature, found, ())
        return registry

    def add(self, feature: Feature) -> None:
        """Take in one feature whose requirements are present; the one door for every source."""
        if missing := [name for name in feature.requires if name not in self.features]:
            raise ConfigurationError(f"Feature {feature.name} needs {', '.join(missing)}, which is not here.")
        for other in self.features.values():
            if both := other.provides.keys() & feature.provides.keys():
                ports = ", ".join(sorted(port.__name__ for port in both))
                raise ConfigurationError(f"Feature {feature.name} provides {ports}, as {other.name} does already.")
        self.features[feature.name] = feature
        if not feature.package.startswith("guildbase."):
            _take_catalogues(feature)

    def modules(self, file: str) -> Iterator[tuple[Feature, ModuleType]]:
        """Import and yield one of the closed list of files of every feature that has it."""
        for feature in self.features.values():
            if (module := load_file(feature, file)) is not None:
                yield feature, module

    def snapshot_parts(self) -> list[Any]:
        """Import and return the `SnapshotPart`s that the features declare, in the features' order."""
        return [_named(feature, target) for feature in self.features.values() for target in feature.snapshot_parts]

    def sections(self) -> list[type[Any]]:
        """Import and return the classes of the features' `GuildSection`s, in the features' order."""
        return [_named(feature, target) for feature in self.features.values() for target in feature.sections]

    def pages(self) -> dict[str, list[Any]]:
        """Import and return the `Page`s that the features declare, by feature; one that is broken has none."""
        found: dict[str, list[Any]] = {}
        for name, feature in self.features.items():
            try:
                found[name] = [_named(feature, target) for target in feature.pages]
            except Exception:
                log.exception("pages_not_loaded", feature=name)
        return found

    def settings_models(self) -> dict[str, type[FeatureSettings]]:
        """Import and return what can be set of each feature that has settings, by the feature's name."""
        return {name: _named(feature, feature.settings) for name, feature in self.features.items() if feature.settings}

    def settings_model(self, name: str) -> type[FeatureSettings] | None:
        """Import and return what can be set of this one feature; None if it has no settings, or there is none."""
        feature = self.features.get(name)
        return _named(feature, feature.settings) if feature is not None and feature.settings else None

    def intents(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the names of the gateway intents that are needed, and of those used if granted."""
        needed = frozenset(name for feature in self.features.values() for name in feature.intents)
        optional = frozenset(name for feature in self.features.values() for name in feature.optional_intents)
        return needed, optional - needed

    def _add_with_requirements(self, feature: Feature, found: dict[str, Feature], path: tuple[str, ...]) -> None:
        if feature.name in self.features or feature.package in self.broken:
            return
        try:
            if feature.name in path:
                raise ConfigurationError(f"Features need each other in a circle: {' -> '.join((*path, feature.name))}.")
            for name in feature.requires:
                if name in found:
                    self._add_with_requirements(found[name], found, (*path, feature.name))
            if feature.package not in self.broken:  # A circle was found below; that reason is kept.
                self.add(feature)
        except ConfigurationError as error:
            self._refuse(feature.package, error)

    def _refuse(self, package: str, error: Exception) -> None:
        self.broken[package] = f"{type(error).__name__}: {error}"
        log.error("feature_refused", package=package, reason=self.broken[package])


def read_manifest(package: str) -> Feature:
    """Import the package and return its `feature` object; raise ConfigurationError if it has none."""
    manifest = getattr(importlib.import_module(package), "feature", None)
    if not isinstance(manifest, Feature):
        raise ConfigurationError(f"{package} has no `feature = Feature(...)` in its __init__.py.")
    return replace(manifest, package=package)


def load_file(feature: Feature, file: str) -> ModuleType | None:
    """Import one file of a feature, or return None if the feature does not have it."""
    if file not in FEATURE_FILES:
        raise ValueError(f"{file} is not one of a feature's files: {', '.join(FEATURE_FILES)}")
    name = f"{feature.package}.{file}"
    if (loaded := sys.modules.get(name)) is not None:  # To look for the file takes a hundred times as long.
        return loaded
    if importlib.util.find_spec(name) is None:
        return None
    return importlib.import_module(name)


def _take_catalogues(feature: Feature) -> None:
    """Let the feature's own translations be looked into, if it brings some."""
    for place in getattr(sys.modules.get(feature.package), "__path__", ()):
        if (folder := Path(place) / "locale").is_dir():
            add_catalogues(feature.name, folder)


def _named(feature: Feature, target: str) -> Any:
    """Return what the manifest names as `file:NAME`."""
    file, _, name = target.partition(":")
    try:
        return getattr(load_file(feature, file), name)
    except (AttributeError, ValueError) as error:
        raise ConfigurationError(f"Feature {feature.name} has no {target}, which its manifest names.") from error


def _sources(features_dir: Path | None) -> Iterator[str]:
    for area in ("guildbase.platform", "guildbase.features"):
        folder = importlib.import_module(area)
        yield from (f"{area}.{item.name}" for item in pkgutil.iter_modules(folder.__path__) if item.ispkg)
    yield from sorted({point.module for point in entry_points(group=ENTRY_POINT_GROUP)})
    if features_dir is not None:
        yield from _local(features_dir)


def _local(folder: Path) -> Iterator[str]:
    """Make the folder's sub-folders importable under one package name, so that relative imports and reload work."""
    if not folder.is_dir():
        raise ConfigurationError(
            f"GUILDBASE_FEATURES_DIR: {folder} is not a folder.",
            hint="Create it, or leave the setting empty.",
        )
    if (folder / "__init__.py").is_file():
        raise ConfigurationError(
            f"GUILDBASE_FEATURES_DIR: {folder} is a feature itself.",
            hint="Name the folder around it; every folder in there is loaded.",
        )
    package = sys.modules.setdefault(LOCAL_PACKAGE, ModuleType(LOCAL_PACKAGE))
    package.__path__ = [str(folder.resolve())]
    importlib.invalidate_caches()
    for path in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))):
        if (path / "__init__.py").exists():
            yield f"{LOCAL_PACKAGE}.{path.name}"
        else:
            log.warning("no_feature", folder=str(path), reason="It has no __init__.py with a manifest.")
