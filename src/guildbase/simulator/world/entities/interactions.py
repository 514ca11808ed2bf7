"""Application commands and their use."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from guildbase.simulator.errors import Json


class InteractionType(IntEnum):
    """What a person did to cause an interaction."""

    PING = 1
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    """How a bot answers an interaction."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE_MESSAGE = 7
    AUTOCOMPLETE = 8
    MODAL = 9
    PREMIUM_REQUIRED = 10
    LAUNCH_ACTIVITY = 12


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
    contexts: list[int] | None = None
    integration_types: list[int] = field(default_factory=lambda: [0])
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None
    handler: int | None = None


class CommandPermissionType(IntEnum):
    """For whom a guild has switched a command on or off."""

    ROLE = 1
    USER = 2
    CHANNEL = 3


@dataclass(slots=True, frozen=True)
class CommandPermission:
    """A guild's rule for a command: it is on or off for a role, a user or a channel."""

    id: int
    type: CommandPermissionType
    permission: bool


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
    caused_by: Interaction | None = None
    """What opened the form, if this is a form that was sent off."""
