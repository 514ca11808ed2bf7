"""What exists on the simulated Discord: plain typed objects that hold ids as integers and no behaviour to speak of."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag

from guildbase.simulator.errors import Json


class ChannelType(IntEnum):
    """The kinds of channel the simulator knows."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    STAGE = 13
    FORUM = 15


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


class ApplicationFlag(IntFlag):
    """The grants of privileged intents; the limited form is what bots in fewer than 100 guilds have."""

    PRESENCE = 1 << 12
    PRESENCE_LIMITED = 1 << 13
    GUILD_MEMBERS = 1 << 14
    GUILD_MEMBERS_LIMITED = 1 << 15
    MESSAGE_CONTENT = 1 << 18
    MESSAGE_CONTENT_LIMITED = 1 << 19


ALL_PRIVILEGED = (
    ApplicationFlag.PRESENCE_LIMITED | ApplicationFlag.GUILD_MEMBERS_LIMITED | ApplicationFlag.MESSAGE_CONTENT_LIMITED
)
EPHEMERAL = 1 << 6


@dataclass(slots=True)
class User:
    """An account: a person or the bot."""

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False
    avatar: str | None = None
    dms_open: bool = True


@dataclass(slots=True)
class Application:
    """The one application whose bot connects; its flags grant privileged intents."""

    id: int
    name: str
    token: str
    owner_id: int
    flags: ApplicationFlag = ALL_PRIVILEGED
    description: str = ""


@dataclass(slots=True)
class Role:
    """A role; the one whose id is the guild's is @everyone, at position 0."""

    id: int
    name: str
    permissions: int
    position: int
    color: int = 0
    hoist: bool = False
    mentionable: bool = False
    managed: bool = False
    bot_id: int | None = None


@dataclass(slots=True, frozen=True)
class Overwrite:
    """A channel's exception for a role (type 0) or a member (type 1)."""

    id: int
    type: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True)
class Channel:
    """A guild channel, or a direct conversation of one person with the bot (`recipient_id`)."""

    id: int
    type: int
    guild_id: int | None = None
    name: str = ""
    position: int = 0
    parent_id: int | None = None
    topic: str | None = None
    nsfw: bool = False
    rate_limit_per_user: int = 0
    bitrate: int = 64000
    user_limit: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipient_id: int | None = None
    last_message_id: int | None = None


@dataclass(slots=True)
class Member:
    """A user's place in a guild. Kept small, because a world may hold very many."""

    user_id: int
    joined_at: datetime
    nick: str | None = None
    roles: tuple[int, ...] = ()
    timed_out_until: datetime | None = None
    deaf: bool = False
    mute: bool = False
    voice_channel_id: int | None = None


@dataclass(slots=True)
class Guild:
    """A guild with everything in it; the bot is a member while its user id is among the members."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    bans: dict[int, str | None] = field(default_factory=dict)
    audit_log: deque[Json] = field(default_factory=lambda: deque(maxlen=500))


@dataclass(slots=True)
class Attachment:
    """An uploaded file; its bytes are served under its URL."""

    id: int
    filename: str
    content_type: str
    data: bytes
    description: str | None = None


@dataclass(slots=True)
class Message:
    """A message; `visible_to` is the only person who sees it if it is ephemeral."""

    id: int
    channel_id: int
    author_id: int
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[int] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reactions: dict[str, list[int]] = field(default_factory=dict)
    type: int = 0
    flags: int = 0
    tts: bool = False
    nonce: str | int | None = None
    reply_to: int | None = None
    edited_at: datetime | None = None
    edits: int = 0
    deleted: bool = False
    visible_to: int | None = None
    interaction: Interaction | None = None


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
    message_id: int | None = None
    created: float = field(default_factory=time.monotonic)
    callback: CallbackType | None = None
    callback_data: Json = field(default_factory=dict)
    ephemeral: bool = False
    original_id: int | None = None
    followup_ids: list[int] = field(default_factory=list)
