"""How long something lasts, in the words that people use: `2 days 3 hours`, `until tomorrow 18:00`, `for good`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from guildbase.core.i18n import _
from guildbase.core.validators import LONGEST_DURATION, LONGEST_INPUT, check_duration

FOR_GOOD = frozenset(
    {"forever", "for good", "permanent", "permanently", "perm", "indefinitely", "für immer", "dauerhaft"}
)
"""Words for what has no end."""
_UNTIL = re.compile(r"(?:until|till|bis)\b\s*")
_STAMP = re.compile(r"<t:([0-9]{1,12})(?::[a-zA-Z])?>")
_CLOCK = re.compile(r"(?:\s*(?:at|um)?\s*)([0-9]{1,2})(?:[:.]([0-9]{2}))?\s*(am|pm|uhr)?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:t(?=[0-9])|\b)")
_GERMAN = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})\b")
_WORD = re.compile(r"(?:next\s+|am\s+)?([a-zäöü]+)\b")
_DAYS = {"today": 0, "heute": 0, "tonight": 0, "tomorrow": 1, "morgen": 1}
_WEEKDAYS = (
    ("monday", "montag", "mon"), ("tuesday", "dienstag", "tue"), ("wednesday", "mittwoch", "wed"),
    ("thursday", "donnerstag", "thu"), ("friday", "freitag", "fri"), ("saturday", "samstag", "sat"),
    ("sunday", "sonntag", "sun"),
)  # fmt: skip


def read_length(text: str, *, now: datetime, zone: str = "UTC") -> timedelta | None:
    """Return how long it lasts from now (aware) on, or None for good; clocks and days are those of the time zone.

    Raises:
        ValueError: it is no such thing, or its end has passed; it says which, with an example.
    """
    wanted = " ".join(text.lower().split())
    if not 0 < len(wanted) <= LONGEST_INPUT:
        raise _unknown()
    if wanted in FOR_GOOD:
        return None
    try:
        end = _moment(_UNTIL.sub("", wanted, count=1), now.astimezone(ZoneInfo(zone)))
        # Between two clocks on the wall may lie more time than they show, or less.
        end = end and end.astimezone(UTC)
    except (ValueError, OverflowError):  # No calendar or clock shows this.
        end = None
    if end is None:
        if _UNTIL.match(wanted):
            raise _unknown()
        return check_duration(wanted.removeprefix("for "))
    if end <= now:
        raise ValueError(_("that moment has passed (an example: until tomorrow 18:00)"))
    if end - now > LONGEST_DURATION:
        raise ValueError(_("that is more than ten years away (an example: until tomorrow 18:00)"))
    return end - now


def _moment(text: str, now: datetime) -> datetime | None:
    """Return the moment that the text names, in the time zone of `now`; None if it names none."""
    if stamp := _STAMP.fullmatch(text):
        return datetime.fromtimestamp(int(stamp[1]), now.tzinfo)
    day, rest = _day(text, now)
    clock = _clock(rest) if rest else None
    if rest and clock is None:
        return None
    if day is not None:
        return datetime.combine(day, clock or time(), now.tzinfo)
    if clock is None:
        return None
    # A clock alone is the next time that it shows this.
    moment = datetime.combine(now.date(), clock, now.tzinfo)
    return moment if moment > now else moment + timedelta(days=1)


def _day(text: str, now: datetime) -> tuple[date | None, str]:
    """Return the day that the text begins with, and what follows it."""
    if found := _ISO.match(text):
        return date(int(found[1]), int(found[2]), int(found[3])), text[found.end() :].strip()
    if found := _GERMAN.match(text):
        return date(int(found[3]), int(found[2]), int(found[1])), text[found.end() :].strip()
    word = _WORD.match(text)
    if word is None:
        return None, text
    today, rest = now.date(), text[word.end() :].strip()
    if word[1] in _DAYS:
        return today + timedelta(days=_DAYS[word[1]]), rest
    for weekday, names in enumerate(_WEEKDAYS):
        if word[1] in names:
            return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1), rest
    return None, text


def _clock(text: str) -> time | None:
    """Return the time of day that the text is; ValueError for one that no clock shows."""
    found = _CLOCK.fullmatch(text)
    if found is None or (found[2] is None and found[3] is None):
        return None
    hour = int(found[1])
    if found[3] in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return time(hour, int(found[2] or 0))


def _unknown() -> ValueError:
    return ValueError(_("not a duration (examples: 1h 30m, 2 days, until tomorrow 18:00, for good)"))


_BEGINNING = re.compile(r"(?:[0-9]|<t:|(?:until|till|bis|for|forever|permanent|permanently|perm)\b)", re.IGNORECASE)
_GLUED = re.compile(r"[0-9]+[a-zA-Z]{1,3}(?:\s|$)")
_MOST_WORDS = 8


def split_length(text: str, *, now: datetime, zone: str = "UTC") -> tuple[str, str]:
    """Return the duration that the text begins with, if it does, and what follows it, such as a reason.

    Raises:
        ValueError: it begins with what looks like one and is none, such as `10x`.
    """
    words = [*re.finditer(r"\S+", text)][:_MOST_WORDS] if _BEGINNING.match(text) else []
    for word in reversed(words):
        first, rest = text[: word.end()], text[word.end() :].strip()
        try:
            read_length(first, now=now, zone=zone)
        except ValueError:
            continue
        return first, rest
    if _GLUED.match(text):
        raise _unknown()
    return "", text
