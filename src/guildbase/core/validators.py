"""Checks for what people type and settings hold: ids, emojis, colours, permissions, locales, time zones, durations.

Each check takes text (or the value itself), returns the value and raises ValueError, which says what was wrong and
gives an example. The types are for fields of models and forms: `colour: Colour = 0`. All run in linear time.

Sources: https://discord.com/developers/docs/reference and https://unicode.org/reports/tr51/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from guildbase.core.i18n import _, marked, translated
from guildbase.core.snowflake import is_snowflake, read_snowflake

LONGEST_INPUT = 200
"""Longest text, in characters, that any check looks at."""
LARGEST_COLOUR = 0xFFFFFF
COLOURS = {
    "black": 0x000000, "white": 0xFFFFFF, "red": 0xED4245, "green": 0x57F287, "blue": 0x3498DB, "yellow": 0xFEE75C,
    "orange": 0xE67E22, "purple": 0x9B59B6, "pink": 0xEB459E, "gold": 0xF1C40F, "teal": 0x1ABC9C, "grey": 0x95A5A6,
    "gray": 0x95A5A6, "blurple": 0x5865F2,
}  # fmt: skip
"""Names of colours, as Discord paints them."""
KNOWN_PERMISSIONS = ((1 << 53) - 1) & ~(1 << 47)
"""All permission bits that Discord documents; 47 has no meaning."""
LOCALES = (
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
)  # fmt: skip
"""The languages that Discord has."""
LONGEST_DURATION = timedelta(days=3650)

# Patterns are text here and compiled on first use, because every process imports this.
_MENTIONS = {"role": r"<@&([0-9]{1,20})>", "channel": r"<#([0-9]{1,20})>", "user": r"<@!?([0-9]{1,20})>"}
_CUSTOM_EMOJI = r"<a?:[A-Za-z0-9_]{2,32}:([0-9]{1,20})>"
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f004-\U0001f1e5\U0001f200-\U0001faff]"
)
_ELEMENT = f"{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?(?:[\U000e0020-\U000e007e]{{1,16}}\U000e007f)?"
_UNICODE_EMOJI = f"[0-9#*]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}|{_ELEMENT}(?:\u200d{_ELEMENT}){{0,9}}"
_HEX_COLOUR = r"(?i:#|0x)?([0-9a-fA-F]{6})"
_INVITE = r"(?i:(?:https?://)?(?:www\.)?(?:discord\.gg|discord(?:app)?\.com/invite)/)?([A-Za-z0-9-]{2,32})/?"
_DURATION_PART = r"\s*(?:([0-9]{1,9}(?:[.][0-9]{1,3})?)\s*|(an?)\s+)([A-Za-z]+)\s*(?:,?\s*and\b|,)?"
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 604800),
    **dict.fromkeys(("mo", "month", "months"), 2592000),
    **dict.fromkeys(("y", "year", "years"), 31536000),
}
"""Seconds of each unit; a month has 30 days."""

_WRONG = {
    "role id": marked("not a role id"),
    "channel id": marked("not a channel id"),
    "user id": marked("not a user id"),
    "message id": marked("not a message id"),
    "emoji": marked("not an emoji"),
    "colour": marked("not a colour"),
    "set of permissions": marked("not a set of permissions"),
    "language of Discord": marked("not a language of Discord"),
    "time zone": marked("not a time zone"),
    "invite": marked("not an invite"),
    "duration": marked("not a duration"),
}


def check_role_id(value: Any) -> int:
    """Return the id of a role, given as number, digits or mention."""
    return _id_of("role", value, "<@&1128754567890123457>")


def check_channel_id(value: Any) -> int:
    """Return the id of a channel, given as number, digits or mention."""
    return _id_of("channel", value, "<#1128754567890123457>")


def check_user_id(value: Any) -> int:
    """Return the id of a user, given as number, digits or mention."""
    return _id_of("user", value, "<@1128754567890123457>")


def check_message_id(value: Any) -> int:
    """Return the id of a message, given as number or digits."""
    return _id_of("message", value, "1128754567890123457")


def check_emoji(value: Any) -> str:
    """Return the emoji: one of Unicode, or a custom one as Discord writes it."""
    text = _text(value, "emoji", "🎉 or <:name:1128754567890123457>")
    custom = re.fullmatch(_CUSTOM_EMOJI, text)
    if re.fullmatch(_UNICODE_EMOJI, text) or (custom and is_snowflake(int(custom[1]))):
        return text
    raise _wrong("emoji", "🎉 or <:name:1128754567890123457>")


def check_colour(value: Any) -> int:
    """Return the colour as a number from 0 to 0xFFFFFF, given as such, as `#rrggbb` or by name."""
    example = "#5865F2, blurple or 5793266"
    if isinstance(value, int) and not isinstance(value, bool):
        if 0 <= value <= LARGEST_COLOUR:
            return value
        raise _wrong("colour", example)
    text = _text(value, "colour", example).lower()
    if text in COLOURS:
        return COLOURS[text]
    if found := re.fullmatch(_HEX_COLOUR, text):
        return int(found[1], 16)
    raise _wrong("colour", example)


def check_permissions(value: Any) -> int:
    """Return the permission bits, given as number or digits; bits that Discord does not know are refused."""
    example = "8192 for Manage Messages"
    bits = value
    if not isinstance(value, int) or isinstance(value, bool):
        bits = read_snowflake(_text(value, "set of permissions", example))
    if bits is None or bits < 0:
        raise _wrong("set of permissions", example)
    if unknown := bits & ~KNOWN_PERMISSIONS:
        number = unknown.bit_length() - 1
        raise ValueError(
            _("bit {number} is no permission of Discord (an example: {example})", number=number, example=example)
        )
    return int(bits)


def check_locale(value: Any) -> str:
    """Return the locale, exactly as Discord writes it."""
    if not isinstance(value, str) or value not in LOCALES:
        raise _wrong("language of Discord", "en-US or de")
    return value


def check_time_zone(value: Any) -> str:
    """Return the name of the time zone; upper and lower case are alike."""
    text = _text(value, "time zone", "Europe/Berlin or UTC")
    known = _time_zones().get(text.replace(" ", "_").lower())
    if known is None:
        raise _wrong("time zone", "Europe/Berlin or UTC")
    return known


def check_invite(value: Any) -> str:
    """Return the code of an invite, given as such or as link."""
    found = re.fullmatch(_INVITE, _text(value, "invite", "https://discord.gg/abc123"))
    if found is None:
        raise _wrong("invite", "https://discord.gg/abc123")
    return found[1]


def check_duration(value: Any) -> timedelta:
    """Return the duration, given as `1d 2h`; at least a second and at most ten years."""
    duration = value if isinstance(value, timedelta) else _read_duration(_text(value, "duration", "1d 2h 30m"))
    if not timedelta(seconds=1) <= duration <= LONGEST_DURATION:
        raise ValueError(_("a duration lies between a second and ten years (an example: 1d 2h 30m)"))
    return duration


def duration_text(duration: timedelta) -> str:
    """Return the duration as `check_duration` takes it, such as `1d 2h`; parts of a second are left out."""
    seconds = int(duration.total_seconds())
    parts = []
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


def _read_duration(text: str) -> timedelta:
    position, seconds, used = 0, 0, set()
    while position < len(text):
        part = re.compile(_DURATION_PART).match(text, position)
        length = _UNITS.get(part[3].lower()) if part else None
        if part is None or length is None or length in used:
            raise _wrong("duration", "1d 2h 30m")
        used.add(length)
        seconds += round(float(part[1] or 1) * length)
        position = part.end()
    return timedelta(seconds=min(seconds, 10**12))


def _id_of(kind: str, value: Any, example: str) -> int:
    found: int | None
    if isinstance(value, int) and not isinstance(value, bool):
        found = value
    else:
        text = _text(value, f"{kind} id", example)
        mention = re.fullmatch(_MENTIONS[kind], text) if kind in _MENTIONS else None
        found = read_snowflake(mention[1] if mention else text)
    if found is None or not is_snowflake(found):
        raise _wrong(f"{kind} id", example)
    return found


def _text(value: Any, kind: str, example: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= LONGEST_INPUT:
        raise _wrong(kind, example)
    return text


def _wrong(kind: str, example: str) -> ValueError:
    return ValueError(_("{what} (an example: {example})", what=translated(_WRONG[kind]), example=example))


@cache
def _time_zones() -> dict[str, str]:
    """Return the names of all time zones by their lower case."""
    from zoneinfo import available_timezones

    return {name.lower(): name for name in available_timezones()}


def _as_text_in_json(check: Callable[[Any], int], format_: str) -> Any:
    """Return the type; JSON Schemas give it the format, by which ids are found wherever they stand."""
    written = PlainSerializer(str, return_type=str, when_used="json-unless-none")
    return Annotated[int, BeforeValidator(check), written, WithJsonSchema({"type": "string", "format": format_})]


RoleId = _as_text_in_json(check_role_id, "role")
ChannelId = _as_text_in_json(check_channel_id, "channel")
UserId = _as_text_in_json(check_user_id, "user")
MessageId = _as_text_in_json(check_message_id, "message")
Permissions = _as_text_in_json(check_permissions, "permissions")
Cursor = Annotated[int | UUID | str, PlainSerializer(str, return_type=str)]
"""Where the next page of a list begins; a client gives it back as it is."""
Emoji = Annotated[str, BeforeValidator(check_emoji)]
Colour = Annotated[int, BeforeValidator(check_colour)]
Locale = Annotated[str, BeforeValidator(check_locale)]
TimeZone = Annotated[str, BeforeValidator(check_time_zone)]
Invite = Annotated[str, BeforeValidator(check_invite)]
Duration = Annotated[
    timedelta,
    BeforeValidator(check_duration),
    PlainSerializer(duration_text, return_type=str, when_used="json-unless-none"),
]
