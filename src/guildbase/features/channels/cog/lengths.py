"""Lengths of time as people type them into these commands."""

from __future__ import annotations

from datetime import timedelta

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _


def length(text: str | None) -> timedelta | None:
    """Return the length of time that somebody typed, None for none or for good; InvalidInput if it is neither."""
    if text is None or not text.strip():
        return None
    from guildbase.core.durations import read_length  # Not needed to start.

    try:
        return read_length(text, now=utcnow())
    except ValueError as wrong:
        raise InvalidInput(
            _("I do not understand {typed}: {why}.", typed=repr(text[:50]), why=str(wrong)),
            hint=_("Write it like `30m`, `2h` or `1d 12h`."),
        ) from None
