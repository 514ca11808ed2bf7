"""What people type to say which cases they mean."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.untrusted_json import read_json
from guildbase.core.validators import check_duration

MOST_BYTES = 16 * 1024


def read_moment(text: str, now: datetime) -> datetime | None:
    """Return the moment: `7d` is seven days ago, `2026-01-31` the begin of that day (UTC); None for nothing.

    Raises:
        InvalidInput: it is neither.
    """
    text = text.strip()
    if not text:
        return None
    try:
        return now - check_duration(text)
    except ValueError:
        pass  # It may be a day.
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        hint = _("`7d` means seven days ago; `2026-01-31` is a day.")
        raise InvalidInput(_("That is no moment: {typed}.", typed=text[:50]), hint=hint) from None


def read_details(text: str) -> dict[str, Any] | None:
    """Return the details: a JSON object, or `name=value` with commas between; None for nothing.

    Raises:
        InvalidInput: it is neither.
    """
    text = text.strip()
    if not text:
        return None
    if text.startswith("{"):
        found: dict[str, Any] = read_json(text, most_bytes=MOST_BYTES)
        return found
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(name.strip() and sign for name, sign, _value in pairs):
        hint = _("`points=3, place=general` or a JSON object is right.")
        raise InvalidInput(_("These are no details: {typed}.", typed=text[:50]), hint=hint)
    return {name.strip(): _value_of(value.strip()) for name, _sign, value in pairs}


def _value_of(text: str) -> Any:
    """Return a number, true, false or null as such, and all else as text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    # Ids are text wherever they stand in JSON.
    is_id = isinstance(found, int) and abs(found) >= 2**53
    is_plain = found is None or isinstance(found, bool | int | float)
    return found if is_plain and not is_id and found == found and abs(found or 0) != float("inf") else text
