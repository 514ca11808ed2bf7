"""Application commands and their use."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from guildbase.simulator.errors import Json


class InteractionType(IntEnum):
    """What a person did to cause an interaction."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    """How a bot answers an interaction."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE_MESSAGE = 7
    AUTOCOMPLETE = 8
    MODAL = 9


@dataclass(slots=True)
class ApplicationCommand:
    """A command the bot registered, for one guild or globally."""

    id: int
    name: str
    type: int
    description: str
    options: list[Json]
    version: int
    guild_id: int | None = None
    default_member_permissions: int | None = None
    nsfw: bool = False
    dm_permission: bool = True
    extra: Json = field(default_factory=dict)


@dataclass(slots=True)
class Interaction:
    """A person's use of a command, button or form, and how the bot has answered so far."""

    id: int
    token: str
    type: InteractionType
    user_id: int
    guild_id: int | None
    channel_id: int
    data: Json
    name: str
    created: float
    message_id: int | None = None
    callback: CallbackType | None = None
    callback_data: Json = field(default_factory=dict)
    ephemeral: bool = False
    original_id: int | None = None
    followup_ids: list[int] = field(default_factory=list)
