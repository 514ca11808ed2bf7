"""Applications that were added to a guild."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Integration:
    """An application in a guild, and the account that added it."""

    id: int
    name: str
    application_id: int
    user_id: int
    enabled: bool = True
