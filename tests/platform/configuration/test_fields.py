"""The kinds of settings are read off the model, and values are written so that they can be read again."""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, StringConstraints

from guildbase.core.errors import InvalidInput
from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import (
    ChannelId,
    Colour,
    Duration,
    Emoji,
    Invite,
    Locale,
    MessageId,
    Permissions,
    RoleId,
    TimeZone,
    UserId,
)
from guildbase.platform.configuration.fields import Kind, SettingField, fields_of
from guildbase.platform.configuration.values import code, plain, read_value, shown, written

ROLE = 1128754567890123457


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


def field(default: Any, **options: Any) -> Any:
    return Field(default, description="For a test.", **options)


class Everything(FeatureSettings):
    flag: bool = field(True)
    whole: int = field(2, ge=1, lt=9)
    ratio: float = field(0.5, gt=0, le=1)
    text: str = field("a", min_length=1, max_length=10)
    short: Annotated[str, StringConstraints(max_length=7)] = field("a")
    letter: Literal["a", "b"] = field("a")
    size: Size = field(Size.SMALL)
    role: RoleId | None = field(None)
    channels: tuple[ChannelId, ...] = field((), min_length=0, max_length=5)
    users: tuple[UserId, ...] | None = field(None)
    message: MessageId | None = field(None)
    colour: Colour = field(0)
    wait: Duration = field(timedelta(hours=1))
    emoji: Emoji = field("🎉")
    locale: Locale = field("de")
    zone: TimeZone = field("UTC")
    rights: Permissions = field(0)
    invite: Invite | None = field(None)
    words: tuple[Annotated[str, Field(max_length=7)], ...] = field((), max_length=3)
    flags: tuple[bool, ...] = field(())
    either: int | str = field(1)
    table: dict[str, int] = field({})
    rows: tuple[tuple[int, ...], ...] = field(())
    pair: tuple[int, str] = field((1, "a"))


FIELDS = fields_of(Everything)


@pytest.mark.parametrize(
    ("key", "kind", "what"),
    [
        ("flag", Kind.BOOL, {"default": True}),
        ("whole", Kind.INTEGER, {"default": 2, "low": 1, "high": 9}),
        ("ratio", Kind.NUMBER, {"default": 0.5, "low": 0, "high": 1}),
        ("text", Kind.TEXT, {"default": "a", "low": 1, "high": 10}),
        ("short", Kind.TEXT, {"default": "a", "high": 7}),
        ("letter", Kind.CHOICE, {"default": "a", "choices": ("a", "b")}),
        ("size", Kind.CHOICE, {"default": 1, "choices": (1, 2)}),
        ("role", Kind.ROLE, {"is_optional": True}),
        ("channels", Kind.CHANNEL, {"default": [], "is_many": True, "fewest": 0, "most": 5}),
        ("users", Kind.USER, {"is_many": True, "is_optional": True}),
        ("message", Kind.MESSAGE, {"is_optional": True}),
        ("colour", Kind.COLOUR, {"default": 0}),
        ("wait", Kind.DURATION, {"default": "1h"}),
        ("emoji", Kind.EMOJI, {"default": "🎉"}),
        ("zone", Kind.TIME_ZONE, {"default": "UTC"}),
        ("rights", Kind.PERMISSIONS, {"default": "0"}),
        ("invite", Kind.INVITE, {"is_optional": True}),
        ("words", Kind.TEXT, {"default": [], "is_many": True, "high": 7, "most": 3}),
        ("flags", Kind.BOOL, {"default": [], "is_many": True}),
        ("either", Kind.OTHER, {"default": 1}),
        ("table", Kind.OTHER, {"default": {}}),
        ("rows", Kind.OTHER, {"default": []}),
        ("pair", Kind.OTHER, {"default": [1, "a"]}),
    ],
)
def test_the_type_says_how_a_setting_is_picked(key: str, kind: Kind, what: dict[str, Any]) -> None:
    assert FIELDS[key] == SettingField(key, kind, "For a test.", **what)


def test_a_locale_is_one_of_those_that_discord_has() -> None:
    assert FIELDS["locale"].kind is Kind.LOCALE
    assert "en-GB" in FIELDS["locale"].choices


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("flag", True),
        ("flag", False),
        ("whole", 3),
        ("ratio", 0.25),
        ("text", "one, two"),
        ("letter", "b"),
        ("size", 2),
        ("role", None),
        ("role", str(ROLE)),
        ("channels", [str(ROLE), str(ROLE + 1)]),
        ("channels", []),
        ("message", str(ROLE)),
        ("colour", 0x00FF00),
        ("wait", "1d 2h"),
        ("emoji", "<:name:1128754567890123457>"),
        ("locale", "pt-BR"),
        ("zone", "Europe/Berlin"),
        ("rights", "8192"),
        ("words", ["one", "two"]),
        ("flags", [True, False]),
        ("either", "x"),
        ("table", {"a": 1}),
        ("rows", [[1], [2, 3]]),
        ("pair", [2, "b"]),
    ],
)
def test_what_is_written_is_read_as_the_same_value(key: str, value: Any) -> None:
    typed = written(FIELDS[key], value) or "nothing"
    read = read_value(FIELDS[key], typed, lambda _kind, _text: None)
    assert Everything.model_validate({key: read}).model_dump(mode="json")[key] == value


def test_names_are_looked_up_and_lists_are_split_where_people_mean_it() -> None:
    known = {"senior staff": 1, "<@&2>": 2}

    def find(_: Kind, text: str) -> int | None:
        return known.get(text.lower())

    many = SettingField("roles", Kind.ROLE, is_many=True)
    assert read_value(many, "Senior Staff, <@&2>", find) == [1, 2]
    assert read_value(many, "<@&2> <@&2>", find) == [2, 2]
    assert read_value(many, "nobody", find) == ["nobody"]
    assert read_value(FIELDS["words"], "a, b\nc", find) == ["a, b", "c"]
    assert read_value(FIELDS["size"], "3", find) == "3"


def test_broken_json_is_refused_with_an_example() -> None:
    with pytest.raises(InvalidInput, match="takes JSON") as refused:
        read_value(FIELDS["table"], "{'a': 1}", lambda _kind, _text: None)
    assert refused.value.hint == 'An example: {"name": "value"}'


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("flag", False, "off"),
        ("role", None, "nothing"),
        ("role", str(ROLE), f"<@&{ROLE}>"),
        ("channels", [str(ROLE)], f"<#{ROLE}>"),
        ("channels", [], "nothing"),
        ("users", [str(ROLE)] * 12, ", ".join([f"<@{ROLE}>"] * 10) + " and 2 more"),
        ("colour", 0x5865F2, "`#5865F2`"),
        ("emoji", "<:name:1>", "<:name:1>"),
        ("text", "", "empty"),
        ("text", "*a*\n<@1>", r"\*a\* \<\@1\>"),
        ("text", "x" * 200, "x" * 149 + "…"),
        ("table", {"a": 1}, '{"a":1}'),
        ("table", [1, 2], r"\[1,2\]"),
        ("whole", "<@&1>", r"\<\@&1\>"),
    ],
)
def test_a_value_is_shown_as_people_read_it(key: str, value: Any, text: str) -> None:
    assert shown(FIELDS[key], value) == text


def test_a_value_of_no_known_setting_is_plain_text() -> None:
    assert shown(None, ["<@1>"]) == r'\["\<\@1\>"\]'
    assert plain("a  `b`") == r"a \`b\`"
    assert code("a`b\nc") == "`a'b c`"
