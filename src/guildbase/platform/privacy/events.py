"""What happens to people's data."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.events import Event


@dataclass(frozen=True, slots=True)
class DataErased(Event):
    """All that the tables held about a person or a guild is gone; whoever keeps more in memory must drop it."""

    scope: str
    """`user` or `guild`."""
    subject_id: int
