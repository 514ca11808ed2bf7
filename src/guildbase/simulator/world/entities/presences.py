"""How an account is seen: its status and what it is doing."""

from __future__ import annotations

from dataclasses import dataclass, field

from guildbase.simulator.errors import Json


@dataclass(slots=True)
class Presence:
    """A status ("online", "idle", "dnd", "invisible", "offline"), activities, and the kind of client it comes from."""

    status: str = "online"
    activities: list[Json] = field(default_factory=list)
    client: str = "web"
