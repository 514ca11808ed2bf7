"""Loads, unloads and reloads features in the running bot; one that fails harms no other.

A reload swaps what runs in the bot alone: rules, views, effects, cogs and message handlers. The other
files are shared with the API or the database, so for them the loader only says that a restart is needed. So an enum
that others compare by identity lives in `kinds.py`: one in a swapped file is another after a reload.
"""

from __future__ import annotations

import ast
import asyncio
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import structlog
from discord.ext import commands

from guildbase.bot.effects import effects_in
from guildbase.core.errors import Conflict, GuildbaseError, InvalidInput, NotFound
from guildbase.core.feature import FEATURE_FILES, Feature
from guildbase.core.i18n import _
from guildbase.core.registry import FeatureRegistry, load_file

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

log = structlog.get_logger(__name__)

SWAPPED = ("rules", "views", "effects", "cog")
"""Files that a reload swaps, in the order in which they build on each other."""
NOT_RUN = ("seeds",)
"""Files that no running bot uses."""
FIXED = ("__init__", *(file for file in FEATURE_FILES if file not in SWAPPED + NOT_RUN))


@dataclass(slots=True)
class LoadedFeature:
    """What a feature has in the bot now."""

    feature: Feature
    cogs: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The result of a reload."""

    name: str
    needs_restart: tuple[str, ...]
    """Changed files that a reload cannot swap."""


class FeatureLoader:
    """The features of one bot."""

    def __init__(self, bot: GuildbaseBot, registry: FeatureRegistry) -> None:
        self.loaded: dict[str, LoadedFeature] = {}
        self.failed: dict[str, str] = {}
        self._bot = bot
        self._registry = registry
        # What this process imported at first; a bot that is built anew still runs that.
        self._sources = registry.sources
        for name, feature in registry.features.items():
            self._sources.setdefault(name, _fingerprints(feature))
        self._lock = asyncio.Lock()

    async def load_all(self) -> None:
        """Load every feature of the registry; those that fail are logged and left out."""
        for name in self._registry.features:
            try:
                await self.load(name)
            except GuildbaseError as error:
                self.failed[name] = error.message
                log.exception("feature_not_loaded", feature=name)

    async def load(self, name: str) -> None:
        """Bring a feature's cogs, effects and message handlers into the bot.

        Raises:
            NotFound: there is no such feature.
            Conflict: it is loaded already.
            InvalidInput: its code does not load.
        """
        feature = self._feature(name)
        async with self._lock:
            if name in self.loaded:
                raise Conflict(_("{name} is loaded already.", name=name), hint=_("Reload it instead."))
            try:
                importlib.invalidate_caches()
                await self._attach(feature)
            except GuildbaseError:
                raise
            except Exception as error:
                raise InvalidInput(
                    _("{name} does not load: {kind}: {error}.", name=name, kind=type(error).__name__, error=error),
                    hint=_("Mend the file and reload it."),
                ) from error
        self.failed.pop(name, None)

    async def unload(self, name: str) -> None:
        """Take a feature out of the bot; its tables and routes stay.

        Raises:
            NotFound: there is no such feature, or it is not loaded.
        """
        self._feature(name)
        async with self._lock:
            if name not in self.loaded:
                raise NotFound(_("{name} is not loaded.", name=name), hint=_("Load it first."))
            await self._detach(self.loaded[name])

    async def reload(self, name: str) -> Reloaded:
        """Swap a feature's code for what its files hold now; if that fails the old code goes on.

        Raises:
            NotFound: there is no such feature.
            InvalidInput: the new code does not load; nothing has changed.
        """
        feature = self._feature(name)
        async with self._lock:
            running = self.loaded.get(name)
            before: list[tuple[ModuleType, dict[str, Any]]] = []
            try:
                importlib.invalidate_caches()
                modules = [module for file in SWAPPED for module in _modules(feature, file)]
                before = [(module, dict(vars(module))) for module in modules]
                if running is not None:
                    await self._detach(running)
                for module in modules:
                    _reload(module)
                await self._attach(feature)
            except Exception as error:
                for module, old in before:
                    vars(module).clear()
                    vars(module).update(old)
                if running is not None and name not in self.loaded:
                    await self._attach(feature)
                log.warning("feature_reload_failed", feature=name, exc_info=True)
                raise InvalidInput(
                    _(
                        "The new code of {name} does not load: {kind}: {error}.",
                        name=name,
                        kind=type(error).__name__,
                        error=error,
                    ),
                    hint=_("The old code goes on; mend the file and reload again."),
                ) from error
        self.failed.pop(name, None)
        # What was not there before, a swapped file has imported as it is.
        changed = [file for file, was in self._sources[name].items() if _fingerprint(feature, file) != was]
        return Reloaded(name, tuple(changed))

    def _feature(self, name: str) -> Feature:
        feature = self._registry.features.get(name)
        if feature is None:
            known = ", ".join(sorted(self._registry.features))
            raise NotFound(_("There is no feature {name}.", name=name), hint=_("There are: {known}.", known=known))
        return feature

    async def _attach(self, feature: Feature) -> None:
        entry = LoadedFeature(feature)
        try:
            if (cog_module := load_file(feature, "cog")) is not None:
                for kind in _cogs_in(cog_module):
                    cog = kind(self._bot)
                    await self._bot.add_cog(cog)
                    entry.cogs.append(cog.qualified_name)
            if (effects_module := load_file(feature, "effects")) is not None:
                for handler in effects_in(effects_module):
                    self._bot.executor.handlers[handler.kind] = handler
                    entry.effects.append(handler.kind)
            for wanted in feature.message_handlers:
                name = f"{feature.name}.{wanted.target.partition(':')[2]}"
                self._bot.router.add(
                    name,
                    _target(feature, wanted.target),
                    order=wanted.order,
                    edits=wanted.edits,
                    sees_blocked=wanted.sees_blocked,
                    applies=_target(feature, wanted.applies) if wanted.applies else None,
                )
                entry.handlers.append(name)
        except Exception:
            await self._detach(entry)
            raise
        self.loaded[feature.name] = entry

    async def _detach(self, entry: LoadedFeature) -> None:
        for handler in entry.handlers:
            self._bot.router.remove(handler)
        for kind in entry.effects:
            self._bot.executor.handlers.pop(kind, None)
        for cog in entry.cogs:
            await self._bot.remove_cog(cog)
        self.loaded.pop(entry.feature.name, None)


def _cogs_in(module: ModuleType) -> list[Callable[[GuildbaseBot], commands.Cog]]:
    """Return the module's own cogs, also plain ones of discord.py's that take the bot."""
    own = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, commands.Cog)]
    return [kind for kind in own if kind.__module__.startswith(module.__name__)]


def _target(feature: Feature, named: str) -> Any:
    """Return the function that the manifest names."""
    file, _colon, function = named.partition(":")
    target = getattr(load_file(feature, file), function, None)
    if target is None:
        raise InvalidInput(
            _("{name} has no {target}, which its message_handlers name.", name=feature.name, target=named),
            hint=_(
                "Write `async def {function}(message: IncomingMessage) -> bool` in {file}.py.",
                function=function,
                file=file,
            ),
        )
    return target


def _modules(feature: Feature, file: str) -> list[ModuleType]:
    """Return the imported module of the file, with its sub-modules if it is a folder: what others build on first."""
    name = f"{feature.package}.{file}"
    load_file(feature, file)
    found = [module for key, module in sys.modules.items() if key == name or key.startswith(f"{name}.")]
    return _in_order(sorted(found, key=lambda module: -module.__name__.count(".")))


def _in_order(modules: Sequence[ModuleType]) -> list[ModuleType]:
    """Return the modules so that each comes after those it imports: one that came before would keep their old code."""
    waiting = {module.__name__: module for module in modules}
    names = frozenset(waiting)
    ordered: list[ModuleType] = []

    def place(name: str) -> None:
        module = waiting.pop(name, None)
        if module is not None:
            for needed in _imported(module, names):
                place(needed)
            ordered.append(module)

    for module in modules:
        place(module.__name__)
    return ordered


def _imported(module: ModuleType, names: frozenset[str]) -> Iterator[str]:
    """Yield what the present source imports as it is run; of a folder, the file of these names that it takes there."""
    if module.__file__ is None:
        return
    package = module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0]
    for node in ast.parse(Path(module.__file__).read_bytes()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            inner = (f"{base}.{alias.name}" for alias in node.names)
            yield from (name if name in names else base for name in inner)


def _reload(module: ModuleType) -> None:
    """Run the module's present source; its cached bytecode cannot tell two edits within one second apart."""
    if module.__file__ is not None:
        Path(importlib.util.cache_from_source(module.__file__)).unlink(missing_ok=True)
    importlib.reload(module)


def _fingerprints(feature: Feature) -> dict[str, str]:
    """Return the hash of every file that no reload swaps: also of those that are the feature's own."""
    folder = _folder(feature)
    own = {it.stem for it in folder.glob("*.py")} | {it.parent.name for it in folder.glob("*/__init__.py")}
    return {file: _fingerprint(feature, file) for file in (*FIXED, *sorted(own.difference(FIXED, SWAPPED, NOT_RUN)))}


def _fingerprint(feature: Feature, file: str) -> str:
    """Return a hash of the file's source (or of its folder's), empty if there is none."""
    folder = _folder(feature)
    sources = [folder / f"{file}.py", *sorted((folder / file).rglob("*.py"))]
    digest = hashlib.sha256()
    present = [source for source in sources if source.is_file()]
    for source in present:
        digest.update(source.read_bytes())
    return digest.hexdigest() if present else ""


def _folder(feature: Feature) -> Path:
    return Path(str(sys.modules[feature.package].__file__)).parent
