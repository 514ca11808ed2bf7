"""Rules of the automatic moderation."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from guildbase.simulator.errors import Json


class TriggerType(IntEnum):
    """What a rule looks for."""

    KEYWORD = 1
    SPAM = 3
    KEYWORD_PRESET = 4
    MENTION_SPAM = 5
    MEMBER_PROFILE = 6


class AutoModEvent(IntEnum):
    """When a rule is checked."""

    MESSAGE_SEND = 1
    MEMBER_UPDATE = 2


class AutoModAction(IntEnum):
    """What a rule does to those it catches."""

    BLOCK_MESSAGE = 1
    SEND_ALERT_MESSAGE = 2
    TIMEOUT = 3
    BLOCK_MEMBER_INTERACTION = 4


@dataclass(slots=True)
class AutoModRule:
    """A rule; its trigger's details and its actions are kept as Discord writes them."""

    id: int
    guild_id: int
    creator_id: int
    name: str
    event_type: int
    trigger_type: int
    trigger_metadata: Json = field(default_factory=dict)
    actions: list[Json] = field(default_factory=list)
    enabled: bool = False
    exempt_roles: list[int] = field(default_factory=list)
    exempt_channels: list[int] = field(default_factory=list)
