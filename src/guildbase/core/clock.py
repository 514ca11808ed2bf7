"""The one source of the present moment, so that tests can move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

ahead = timedelta(0)
"""By how much the clock was put forward; only tests do that."""


def utcnow() -> datetime:
    """Return the present moment as an aware UTC time."""
    return datetime.now(UTC) + ahead


def human_duration(seconds: float) -> str:
    """Return a length of time for people, in at most two units: 93784 s is "1 d 2 h"."""
    rest = int(seconds)
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
