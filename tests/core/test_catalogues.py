"""Every text that people read is found, and said in every language with the same places to fill."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from guildbase.core.errors import GuildbaseError
from guildbase.core.i18n import CATALOGUES, DOMAIN
from tools.texts import KEYWORDS, SOURCE, catalogue_files, in_code, texts

GERMAN = CATALOGUES / "de" / "LC_MESSAGES" / f"{DOMAIN}.po"
PLACE = re.compile(r"\{[^{}]*\}")


def _forms(message: Message) -> list[tuple[str, str]]:
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return list(zip(message.id, tuple(message.string or ()), strict=True))


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(SOURCE.rglob("*.py")):
        source = path.read_text()
        if "guildbase.core.i18n" in source:
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                    yield f"{path.relative_to(SOURCE)}:{node.lineno}", node


@pytest.mark.parametrize(
    "path", sorted(CATALOGUES.glob("*/LC_MESSAGES/*.po")), ids=lambda path: path.parent.parent.name
)
def test_every_text_is_translated_with_the_same_places(path: Path) -> None:
    with path.open("rb") as file:
        known = read_po(file, domain=DOMAIN)
    missing, wrong = [], []
    for text in texts():
        if not text.id:
            continue
        message = known.get(text.id)
        if message is None or message.fuzzy or not all(translation for _, translation in _forms(message)):
            missing.append(text.id)
        elif any(_places(message, one) != _places(message, other) for one, other in _forms(message)):
            wrong.append(text.id)
    assert (missing, wrong) == ([], [])


def test_the_catalogues_are_as_the_code_and_the_translators_have_it() -> None:
    stale = [str(path) for path, held in catalogue_files().items() if path.read_bytes() != _bytes(held)]
    assert stale == [], "Run: make generate"


def _bytes(held: str | bytes) -> bytes:
    return held.encode() if isinstance(held, str) else held


def test_texts_are_literals_so_that_they_are_found() -> None:
    wrong = []
    for place, call in _calls():
        wanted = 2 if isinstance(call.func, ast.Name) and call.func.id == "plural" else 1
        given = call.args[:wanted]
        if len(given) < wanted or not all(isinstance(it, ast.Constant) and isinstance(it.value, str) for it in given):
            wrong.append(place)
    assert wrong == []


def test_regression_a_text_within_an_f_string_is_found(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text(
        "from guildbase.core.i18n import _, plural\n"
        "told = f\"{_('Set it anew.')} {plural('{count} cat', '{count} cats', 2)}\"\n"
    )
    assert [text for _, text in in_code(tmp_path)] == ["Set it anew.", ("{count} cat", "{count} cats")]


def test_every_place_in_a_text_is_filled_and_every_value_has_a_place() -> None:
    wrong = []
    for place, call in _calls():
        assert isinstance(call.func, ast.Name)
        if call.func.id == "marked" or any(keyword.arg is None for keyword in call.keywords):
            continue
        is_plural = call.func.id == "plural"
        given = {keyword.arg for keyword in call.keywords} | ({"count"} if is_plural else set())
        named = {name for text in call.args[: 2 if is_plural else 1] for name in _names(ast.literal_eval(text))}
        if named - given or (given - named - {"count"}):
            wrong.append(place)
    assert wrong == []


def _places(message: Message, text: str) -> list[str]:
    """Return what is filled in; the count is given to every form of a plural, whether it says it or not."""
    free = () if isinstance(message.id, str) else ("{count}",)
    return sorted(place for place in PLACE.findall(text) if place not in free)


def _names(text: str) -> set[str]:
    return {found[1:-1] for found in PLACE.findall(text)}


def test_descriptions_of_commands_have_room_for_their_translations() -> None:
    with GERMAN.open("rb") as file:
        known = read_po(file, domain=DOMAIN)
    long = [
        message.string
        for message in texts()
        if any(place.endswith("/command") for place, _ in message.locations)
        and (translation := known.get(message.id)) is not None
        and len(str(translation.string)) > 100
    ]
    assert long == []


FOR_OPERATORS = {"ConfigurationError", "DiscordUnreachable"}
ERRORS = {kind.__name__ for kind in (*GuildbaseError.__subclasses__(), GuildbaseError)} - FOR_OPERATORS


def test_errors_that_features_raise_are_said_in_every_language() -> None:
    wrong = []
    for area in ("bot", "platform", "features"):
        for path in sorted((SOURCE / area).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                    hints = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
                    if any(isinstance(it, ast.Constant | ast.JoinedStr) and _reads(it) for it in node.args[:1] + hints):
                        wrong.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert wrong == []


def _reads(text: ast.Constant | ast.JoinedStr) -> bool:
    """Tell whether the text has a word of its own, besides what is put together of others."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return any(isinstance(part, ast.Constant) and re.search("[a-z]{3}", str(part.value)) for part in parts)
