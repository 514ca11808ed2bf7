"""Three sources, one door: what is built in, what is installed, and what lies in a local folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildbase.core.errors import ConfigurationError
from guildbase.core.feature import FEATURE_FILES, Feature
from guildbase.core.registry import FeatureRegistry, load_file, read_manifest

BUILT_IN = {
    "guilds", "users", "telemetry", "configuration", "standing", "permissions", "access", "privacy",
    "moderation", "setup", "status", "automod", "channels", "antiraid", "tickets", "reports",
    "pages", "operations", "accounts",
}  # fmt: skip
MANIFEST = """
from guildbase.core.feature import Feature
feature = Feature(name={name!r}, summary='x', requires={needs!r})
"""


@pytest.fixture(autouse=True)
def _forget_what_was_imported() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("guildbase_local", "shop_")):
            del sys.modules[name]


def _feature(folder: Path, name: str, *needs: str, called: str | None = None) -> Path:
    package = folder / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(MANIFEST.format(name=called or name, needs=needs))
    return package


def _install(site: Path, distribution: str, module: str) -> None:
    """Make what an installer leaves in site-packages for a distribution with one entry point."""
    info = site / f"{distribution}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[guildbase.features]\n{distribution} = {module}:feature\n")


def test_all_built_in_features_are_found_and_whole(registry: FeatureRegistry) -> None:
    assert set(registry.features) == BUILT_IN
    assert registry.broken == {}


def test_files_of_a_features_own_are_below_those_that_the_platform_looks_for(registry: FeatureRegistry) -> None:
    entries = "cog|api|pages|jobs|seeds|effects"
    upward = []
    for feature in registry.features.values():
        folder = Path(str(sys.modules[feature.package].__file__)).parent
        for source in folder.rglob("*.py"):
            if source.relative_to(folder).parts[0].removesuffix(".py") not in (*FEATURE_FILES, "__init__"):
                found = re.findall(rf"{re.escape(feature.package)}\.(?:{entries})\b", source.read_text("utf-8"))
                upward += [(str(source), name) for name in found]
    assert upward == []


def test_features_load_after_what_they_need(registry: FeatureRegistry) -> None:
    order = list(registry.features)
    for feature in registry.features.values():
        assert all(order.index(name) < order.index(feature.name) for name in feature.requires)


def test_every_built_in_file_can_be_imported(registry: FeatureRegistry) -> None:
    found = {file: [feature.name for feature, _ in registry.modules(file)] for file in FEATURE_FILES}
    assert set(found["models"]) >= {"guilds", "users", "telemetry", "moderation"}
    assert set(found["rules"]) == BUILT_IN - {"status"}


def test_an_installed_package_is_a_feature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _feature(tmp_path, "shop_installed", "guilds")
    _install(tmp_path, "shop-bot", "shop_installed")
    monkeypatch.syspath_prepend(tmp_path)
    found = FeatureRegistry.discover()
    assert set(found.features) == BUILT_IN | {"shop_installed"}
    assert found.features["shop_installed"].package == "shop_installed"


def test_an_installed_package_that_cannot_be_imported_is_refused_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path, "shop-bot", "shop_absent")
    monkeypatch.syspath_prepend(tmp_path)
    found = FeatureRegistry.discover()
    assert set(found.features) == BUILT_IN
    assert found.broken == {"shop_absent": "ModuleNotFoundError: No module named 'shop_absent'"}


def test_a_folder_holds_features_of_ones_own(tmp_path: Path) -> None:
    package = _feature(tmp_path, "greeter")
    (package / "rules.py").write_text("from . import feature\nWHO = feature.name\n")
    (tmp_path / "notes").mkdir()
    (tmp_path / "stray.py").write_text("raise RuntimeError('Only packages are features.')")
    found = FeatureRegistry.discover(tmp_path)
    assert set(found.features) == BUILT_IN | {"greeter"}
    # A relative import works, so a feature need not know where it lies.
    [(_, rules)] = [item for item in found.modules("rules") if item[0].name == "greeter"]
    assert rules.WHO == "greeter"


def test_a_folder_that_is_not_there_is_an_error_of_the_operator(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="GUILDBASE_FEATURES_DIR"):
        FeatureRegistry.discover(tmp_path / "absent")


def test_a_folder_that_is_a_feature_itself_is_an_error_of_the_operator(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a feature itself") as refused:
        FeatureRegistry.discover(_feature(tmp_path, "greeter"))
    assert "folder around it" in refused.value.hint


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("raise ValueError('no luck')", "ValueError: no luck"),
        ("1 +", "SyntaxError: "),
        ("import nowhere_to_be_found", "ModuleNotFoundError: "),
        ("", "has no `feature = Feature"),
        ("feature = 'text'", "has no `feature = Feature"),
        ("from guildbase.core.feature import Feature\nfeature = Feature(name='X', summary='x')", "is no feature name"),
    ],
)
def test_a_broken_feature_is_refused_with_the_reason_and_the_rest_loads(
    tmp_path: Path, content: str, reason: str
) -> None:
    _feature(tmp_path, "broken")
    (tmp_path / "broken/__init__.py").write_text(content)
    _feature(tmp_path, "sound")
    found = FeatureRegistry.discover(tmp_path)
    assert set(found.features) == BUILT_IN | {"sound"}
    assert list(found.broken) == ["guildbase_local.broken"]
    assert reason in found.broken["guildbase_local.broken"]


def test_nobody_takes_the_name_of_a_feature_that_is_there(tmp_path: Path) -> None:
    _feature(tmp_path, "impostor", called="moderation")
    found = FeatureRegistry.discover(tmp_path)
    assert found.features["moderation"].package == "guildbase.features.moderation"
    assert "guildbase.features.moderation has the name moderation already" in found.broken["guildbase_local.impostor"]


def test_a_feature_whose_need_is_absent_is_refused_and_so_is_who_needs_it(tmp_path: Path) -> None:
    _feature(tmp_path, "first", "second")
    _feature(tmp_path, "second", "absent")
    found = FeatureRegistry.discover(tmp_path)
    assert set(found.features) == BUILT_IN
    assert "Feature second needs absent, which is not here" in found.broken["guildbase_local.second"]
    assert "Feature first needs second, which is not here" in found.broken["guildbase_local.first"]


def test_needs_are_met_whatever_the_order_of_names(tmp_path: Path) -> None:
    _feature(tmp_path, "aa", "bb", "guilds")
    _feature(tmp_path, "bb", "cc")
    _feature(tmp_path, "cc")
    order = list(FeatureRegistry.discover(tmp_path).features)
    assert order.index("cc") < order.index("bb") < order.index("aa")


def test_regression_features_that_need_each_other_are_told_so(tmp_path: Path) -> None:
    _feature(tmp_path, "hen", "egg")
    _feature(tmp_path, "egg", "hen")
    _feature(tmp_path, "selfish", "selfish")
    found = FeatureRegistry.discover(tmp_path)
    assert set(found.features) == BUILT_IN
    assert "in a circle: egg -> hen -> egg" in found.broken["guildbase_local.egg"]
    assert "in a circle: selfish -> selfish" in found.broken["guildbase_local.selfish"]
    assert "guildbase_local.hen" in found.broken


def test_a_feature_has_no_other_files_than_the_listed_ones(registry: FeatureRegistry) -> None:
    with pytest.raises(ValueError, match="utils is not one of a feature's files: kinds, models, rules"):
        load_file(registry.features["moderation"], "utils")


def test_a_file_that_a_feature_does_not_have_is_none(registry: FeatureRegistry) -> None:
    assert load_file(registry.features["status"], "jobs") is None


def test_the_settings_of_one_feature_are_those_that_are_listed_of_all(registry: FeatureRegistry) -> None:
    models = registry.settings_models()
    assert {name: registry.settings_model(name) for name in models} == models
    assert registry.settings_model("status") is None
    assert registry.settings_model("no_such_feature") is None


def test_an_error_within_a_file_is_not_taken_for_its_absence(tmp_path: Path) -> None:
    package = _feature(tmp_path, "halfway")
    (package / "controller.py").write_text("import nowhere_to_be_found\n")
    found = FeatureRegistry.discover(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"):
        load_file(found.features["halfway"], "controller")


def test_the_manifest_knows_its_package() -> None:
    assert read_manifest("guildbase.features.moderation").package == "guildbase.features.moderation"


def test_an_intent_that_one_feature_needs_is_not_optional_for_all() -> None:
    registry = FeatureRegistry()
    registry.add(Feature(name="one", summary="x", intents=("guilds", "members"), optional_intents=("presences",)))
    registry.add(Feature(name="two", summary="x", optional_intents=("members", "message_content")))
    assert registry.intents() == (frozenset({"guilds", "members"}), frozenset({"presences", "message_content"}))


def test_adding_by_hand_asks_for_the_same_needs() -> None:
    with pytest.raises(ConfigurationError, match="Feature one needs two, three"):
        FeatureRegistry().add(Feature(name="one", summary="x", requires=("two", "three")))


def test_a_port_is_provided_by_one_feature_only() -> None:
    registry = FeatureRegistry()
    registry.add(Feature(name="one", summary="x", provides={int: "controller:One"}))
    with pytest.raises(ConfigurationError, match="two provides int, as one does already"):
        registry.add(Feature(name="two", summary="x", provides={int: "controller:Two"}))
