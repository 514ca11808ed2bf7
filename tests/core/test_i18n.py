"""Texts in other languages: what a translation may do, and what a slip of a translator must not do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from guildbase.core import i18n
from guildbase.core.feature import Feature
from guildbase.core.i18n import _, languages, marked, plural, speak, speaking, spoken, spoken_of, translated
from guildbase.core.registry import FeatureRegistry
from tests.local_features import LocalFeatures

MINE = marked("Only moderators may do this.")


@pytest.fixture
def own_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of catalogues that is looked into as a feature's own."""
    monkeypatch.setattr(i18n, "_sources", dict(i18n._sources))
    i18n.add_catalogues("mine", tmp_path)
    yield tmp_path
    monkeypatch.undo()
    i18n.forget()


def write(folder: Path, language: str, texts: dict[str | tuple[str, str], str | tuple[str, str]]) -> None:
    catalog = Catalog(language)
    for text, translation in texts.items():
        catalog.add(text, translation)
    file = BytesIO()
    write_mo(file, catalog)
    path = folder / language / "LC_MESSAGES" / "mine.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(file.getvalue())
    i18n.forget()


def test_without_a_word_it_is_english() -> None:
    assert spoken() == "en-US"
    assert _("There is no case #{number} here.", number=3) == "There is no case #3 here."
    assert plural("{count} server", "{count} servers", 1) == "1 server"
    assert plural("{count} server", "{count} servers", 2) == "2 servers"


def test_german_is_spoken_inside_the_block_only() -> None:
    with speaking("de"):
        assert _("There is no case #{number} here.", number=3) == "Hier gibt es keinen Fall #3."
        assert plural("{count} server", "{count} servers", 2) == "2 Server"
        assert translated(MINE) == "Das dürfen nur Moderatoren."
    assert translated(MINE) == MINE


async def test_what_a_task_speaks_is_its_own() -> None:
    async def german() -> str:
        speak("de")
        await asyncio.sleep(0)
        return translated(MINE)

    async def english() -> str:
        await asyncio.sleep(0)
        return translated(MINE)

    said = await asyncio.gather(german(), english())
    assert list(said) == ["Das dürfen nur Moderatoren.", MINE]


def test_nothing_is_made_of_an_empty_or_unknown_text() -> None:
    # Under the empty text a catalogue keeps its own description.
    with speaking("de"):
        assert translated("") == ""
        assert translated("nobody knows {this}") == "nobody knows {this}"


@pytest.mark.parametrize("value", ["{number}", "{0.__class__}", "{", "%s", "English", "<@1>"])
def test_hostile_values_are_put_in_as_they_are(value: str) -> None:
    with speaking("de"):
        assert _("There is no case #{number} here.", number=value) == f"Hier gibt es keinen Fall #{value}."


@pytest.mark.parametrize("slip", ["Fall {nummer}", "Fall {", "Fall {}", "Fall {number.real.x}", "Fall {number:d}"])
def test_a_translators_slip_is_answered_in_english(own_catalogue: Path, slip: str) -> None:
    write(own_catalogue, "de", {"My case {number}": slip, ("{count} thing", "{count} things"): ("{cout}", "{cout}")})
    with speaking("de"):
        assert _("My case {number}", number=5) == "My case 5"
        assert plural("{count} thing", "{count} things", 2) == "2 things"


@pytest.mark.parametrize("broken", [b"", b"x", b"\xde\x12\x04\x95" + b"\xff" * 16, b"not a catalogue at all"])
def test_a_broken_catalogue_is_as_good_as_none(own_catalogue: Path, broken: bytes) -> None:
    path = own_catalogue / "de" / "LC_MESSAGES" / "mine.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(broken)
    i18n.forget()
    with speaking("de"):
        assert translated(MINE) == "Das dürfen nur Moderatoren."


def test_a_feature_brings_texts_and_languages_and_takes_none_of_ours(own_catalogue: Path) -> None:
    write(own_catalogue, "fr", {"A badge": "Un badge", "English": "Français", MINE: "Seulement les modérateurs."})
    write(own_catalogue, "de", {"A badge": "Ein Abzeichen", MINE: "Etwas anderes"})
    assert languages() == {"en-US": "English", "de": "Deutsch", "fr": "Français"}
    with speaking("fr"):
        assert (translated("A badge"), translated(MINE)) == ("Un badge", "Seulement les modérateurs.")
    with speaking("de"):
        assert (translated("A badge"), translated(MINE)) == ("Ein Abzeichen", "Das dürfen nur Moderatoren.")


def test_the_registry_finds_the_catalogues_of_a_local_feature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = LocalFeatures(tmp_path / "features")
    monkeypatch.setattr(i18n, "_sources", dict(i18n._sources))
    features.write("badges", models="")
    write(features.folder / "badges" / "locale", "de", {})
    registry = FeatureRegistry.discover(features.folder)
    assert isinstance(registry.features["badges"], Feature)
    assert i18n._sources["badges"] == (features.folder / "badges" / "locale").resolve()
    monkeypatch.undo()
    i18n.forget()


def test_a_language_that_names_itself_nowhere_is_called_by_its_code(own_catalogue: Path) -> None:
    write(own_catalogue, "pt_BR", {"A badge": "Um distintivo"})
    assert languages()["pt-BR"] == "pt-BR"
    assert spoken_of(["pt"]) == "pt-BR"
    with speaking("pt-BR"):
        assert translated("A badge") == "Um distintivo"


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (["de"], "de"),
        (["de-AT"], "de"),
        (["DE"], "de"),
        (["en-GB", "de"], "en-US"),
        ([None, "", "tlh", "de"], "de"),
        (["fr", "ja"], "en-US"),
        ([], "en-US"),
        (["../../etc", "x" * 10_000, "\x00"], "en-US"),
    ],
)
def test_the_first_wish_that_can_be_met_counts(wishes: list[str | None], expected: str) -> None:
    assert spoken_of(wishes) == expected


def test_the_hash_changes_with_a_translation(own_catalogue: Path) -> None:
    before = i18n.digest()
    write(own_catalogue, "de", {"A badge": "Ein Abzeichen"})
    assert i18n.digest() != before
