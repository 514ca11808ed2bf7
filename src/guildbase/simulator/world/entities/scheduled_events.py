"""Events that a guild plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from guildbase.simulator.errors import Json


class EventStatus(IntEnum):
    """How far a scheduled event has come."""

    SCHEDULED = 1
    ACTIVE = 2
    COMPLETED = 3
    CANCELED = 4


class EntityType(IntEnum):
    """Where a scheduled event takes place."""

    STAGE_INSTANCE = 1
    VOICE = 2
    EXTERNAL = 3


@dataclass(slots=True)
class EventException:
    """One occurrence of a recurring event that differs from the rule; its id is made of the original time."""

    id: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_canceled: bool = False


@dataclass(slots=True)
class ScheduledEvent:
    """An event with the users interested in it, in the order of their coming."""

    id: int
    guild_id: int
    creator_id: int
    name: str
    starts_at: datetime
    entity_type: int
    description: str | None = None
    ends_at: datetime | None = None
    channel_id: int | None = None
    location: str | None = None
    status: int = EventStatus.SCHEDULED
    image: str | None = None
    recurrence_rule: Json | None = None
    entity_id: int | None = None
    exceptions: dict[int, EventException] = field(default_factory=dict)
    users: dict[int, int | None] = field(default_factory=dict)
