"""What people type becomes a checked value, or an error that says what was wrong and gives an example that works."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from guildbase.core import validators
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
from guildbase.simulator.permissions import Permission

ID = 1128754567890123457
ALL = sum(Permission)
FAMILY = "👨‍👩‍👧‍👦"
SCOTLAND = "🏴󠁧󠁢󠁳󠁣󠁴󠁿"

Check = Callable[[Any], Any]
GOOD: dict[Check, dict[Any, Any]] = {
    validators.check_role_id: {ID: ID, str(ID): ID, f" {ID} ": ID, f"<@&{ID}>": ID, 2**63 - 1: 2**63 - 1},
    validators.check_channel_id: {ID: ID, f"<#{ID}>": ID},
    validators.check_user_id: {ID: ID, f"<@{ID}>": ID, f"<@!{ID}>": ID},
    validators.check_message_id: {ID: ID, str(ID): ID},
    validators.check_emoji: {
        emoji: emoji
        for emoji in ("🎉", "❤️", "👍🏽", "1️⃣", "#⃣", "🇩🇪", FAMILY, SCOTLAND, "🏳️‍🌈", "☺", "©️", "🥹", "🫠", "⭐", "🀄")
    }
    | {f"<:ok_1:{ID}>": f"<:ok_1:{ID}>", f"<a:dance:{ID}>": f"<a:dance:{ID}>", " 🎉 ": "🎉"},
    validators.check_colour: {
        "#5865F2": 0x5865F2,
        "5865f2": 0x5865F2,
        "0x5865f2": 0x5865F2,
        "Blurple": 0x5865F2,
        " red ": 0xED4245,
        0: 0,
        0xFFFFFF: 0xFFFFFF,
        "#000000": 0,
    },
    validators.check_permissions: {0: 0, 8: 8, "8": 8, str(ALL): ALL},
    validators.check_locale: {locale: locale for locale in validators.LOCALES},
    validators.check_time_zone: {
        "Europe/Berlin": "Europe/Berlin",
        "utc": "UTC",
        "america/new york": "America/New_York",
    },
    validators.check_invite: {
        "abc123": "abc123",
        "discord.gg/abc123": "abc123",
        "https://discord.gg/My-Server": "My-Server",
        "https://discord.com/invite/abc123/": "abc123",
        "HTTP://WWW.discordapp.com/invite/AbC": "AbC",
    },
    validators.check_duration: {
        "1d 2h": timedelta(days=1, hours=2),
        "90m": timedelta(minutes=90),
        "1s": timedelta(seconds=1),
        "2 weeks, 3 days": timedelta(days=17),
        "1h30m": timedelta(minutes=90),
        "10Y": timedelta(days=3650),
        "1.5h": timedelta(minutes=90),
        "2 months, and a day": timedelta(days=61),
        timedelta(hours=3): timedelta(hours=3),
    },
}
NEVER: list[Any] = [None, True, 1.5, [], {}, b"1", "", " ", "\x00", "\ud800", "x" * 1000, "🎉🎉", "-", "٣", object()]
BAD: dict[Check, list[Any]] = {
    validators.check_role_id: [
        5,
        0,
        -ID,
        2**63,
        "12",
        f"<#{ID}>",
        f"<@&{ID}",
        "<@&>",
        f"{ID}x",
        "".join(chr(0xFF10 + int(digit)) for digit in str(ID)),
    ],
    validators.check_channel_id: [f"<@&{ID}>", f"<@{ID}>", "general"],
    validators.check_user_id: [f"<@&{ID}>", "@kim"],
    validators.check_message_id: [f"<@{ID}>", f"https://discord.com/channels/1/2/{ID}"],
    validators.check_emoji: [
        "a",
        "1",
        ":tada:",
        f"<:x:{ID}>",
        "<:name:12>",
        f"<:na me:{ID}>",
        "🇩",
        "👍🏽🏽",
        "\u200d",
        "\ufe0f",
    ],
    validators.check_colour: ["#fff", "#12345g", "reddish", -1, 0x1000000, "16777216", "##123456"],
    validators.check_permissions: [-1, 1 << 47, 1 << 53, 2**63, "-8", "0x8", "ban_members"],
    validators.check_locale: ["xx", "en", "english", "en-US-x", "DE", "pt_BR", "en-US\n"],
    validators.check_time_zone: ["CEST2", "Europe/Bielefeld", "+02:00", "../etc/passwd", "/etc/localtime"],
    validators.check_invite: [
        "a",
        "https://example.com/abc",
        "discord.gg/",
        "discord.gg/a b",
        "https://discord.gg/abc/def",
    ],
    validators.check_duration: [
        "5",
        "h",
        "1x",
        "1d 1d",
        "0s",
        "11y",
        "999999999y",
        "-1d",
        "1d -2h",
        "a 2h",
        "1.2345h",
        timedelta(0),
    ],
}


@pytest.mark.parametrize(
    ("check", "given", "expected"),
    [(check, given, expected) for check, cases in GOOD.items() for given, expected in cases.items()],
)
def test_what_is_right_is_taken(check: Check, given: Any, expected: Any) -> None:
    assert check(given) == expected
    assert type(check(given)) is type(expected)


@pytest.mark.parametrize("check", BAD)
def test_what_is_wrong_is_refused_with_an_example_that_works(check: Check) -> None:
    for given in [*BAD[check], *NEVER]:
        with pytest.raises(ValueError, match=r"\(an example: .+\)$") as refused:
            pytest.fail(f"{given!r} became {check(given)!r}")
        example = re.search(r"an example: ([^, )]+(?: \d\w+)*)", str(refused.value))
        assert example is not None
        assert check(example[1]) is not None


def test_the_bit_that_is_no_permission_is_named() -> None:
    with pytest.raises(ValueError, match="bit 47 is no permission"):
        validators.check_permissions(8 | 1 << 47)


def test_the_known_permissions_are_those_of_the_simulator() -> None:
    assert validators.KNOWN_PERMISSIONS == ALL


def test_the_types_are_for_fields() -> None:
    class Form(BaseModel):
        role: RoleId
        channel: ChannelId
        user: UserId | None = None
        message: MessageId
        permissions: Permissions
        emoji: Emoji
        colour: Colour
        locale: Locale
        zone: TimeZone
        invite: Invite
        lasts: Duration

    right: dict[str, Any] = {
        "role": f"<@&{ID}>", "channel": ID, "message": str(ID), "permissions": "8", "emoji": "🎉", "colour": "red",
        "locale": "de", "zone": "utc", "invite": "discord.gg/abc", "lasts": "1h",
    }  # fmt: skip
    form = Form(**right)
    assert (form.role, form.user, form.colour, form.lasts) == (ID, None, 0xED4245, timedelta(hours=1))
    # JavaScript would round such numbers.
    written = json.loads(form.model_dump_json())
    assert (written["role"], written["permissions"], written["user"]) == (str(ID), "8", None)
    with pytest.raises(ValidationError) as refused:
        Form(**right | {"colour": "reddish", "lasts": "soon"})
    assert {error["loc"] for error in refused.value.errors()} == {("colour",), ("lasts",)}
    assert "an example: #5865F2" in str(refused.value)
    assert TypeAdapter(Duration).validate_python("2h") == timedelta(hours=2)


@pytest.mark.parametrize("check", GOOD)
@pytest.mark.parametrize(
    "piece", ["1", "1d", "1d ", "<", "🇩", "👨\u200d", "👨\ufe0f\u200d", "a-", " ", "<@&1", "https://"]
)
def test_the_time_grows_no_faster_than_the_text(check: Check, piece: str) -> None:
    before = time.process_time()
    for length in (150, 1_000_000):
        text = piece * (length // len(piece))
        try:
            check(text)
        except ValueError as refused:
            assert len(str(refused)) < 200  # noqa: PT017 - some of these texts are right.
    assert time.process_time() - before < 1
