"""Times as Discord writes them."""

from __future__ import annotations

from datetime import datetime


def moment(value: datetime | None) -> str | None:
    """Return the time as Discord writes it."""
    return None if value is None else value.isoformat()
