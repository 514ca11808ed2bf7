"""What clients send, opcode by opcode, as checked shapes; a frame that does not fit ends the connection (4002)."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from guildbase.simulator.errors import Json

Snowflake = Annotated[int, Field(ge=0, lt=1 << 64)]


class Op(IntEnum):
    """The opcodes, from the server's point of view."""

    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11
    REQUEST_SOUNDS = 31
    REQUEST_CHANNEL_INFO = 43


class Frame(BaseModel):
    """The data of one frame; keys the simulator does not use are let through, as Discord does."""


class Activity(Frame):
    """What the bot is doing; bots may set no more than this."""

    name: Annotated[str, Field(max_length=128)] = ""
    type: Annotated[int, Field(ge=0, le=5)] = 0
    url: Annotated[str, Field(max_length=512)] | None = None
    state: Annotated[str, Field(max_length=128)] | None = None


class PresenceUpdate(Frame):
    """Op 3: how the bot wants to be seen. `game` is an older form of one activity that libraries still send."""

    status: Literal["online", "dnd", "idle", "invisible", "offline"] = "online"
    activities: list[Activity] | None = None
    game: Activity | None = None
    since: int | float | None = None
    afk: bool = False

    def shown_activities(self) -> list[Json]:
        """Return the activities in whichever form they came."""
        shown = self.activities or ([] if self.game is None else [self.game])
        return [it.model_dump(exclude_none=True) for it in shown]


class Identify(Frame):
    """Op 2: opens a session."""

    token: str
    intents: Annotated[int, Field(strict=True, ge=0)]
    properties: dict[str, Any] = Field(default_factory=dict)
    compress: bool = False
    large_threshold: Annotated[int, Field(ge=50, le=250)] = 50
    shard: tuple[int, int] = (0, 1)
    presence: PresenceUpdate | None = None


class Resume(Frame):
    """Op 6: continues a session on a new socket."""

    token: str
    session_id: str
    seq: int


class VoiceStateUpdate(Frame):
    """Op 4: joins, moves within or leaves voice."""

    guild_id: Snowflake
    channel_id: Snowflake | None = None
    self_mute: bool = False
    self_deaf: bool = False


def _as_list(value: object) -> object:
    return value if value is None or isinstance(value, list) else [value]


class RequestMembers(Frame):
    """Op 8: members by ids, by the start of their names, or all of them."""

    guild_id: Snowflake
    query: str | None = None
    limit: Annotated[int, Field(ge=0)] = 0
    presences: bool | None = False
    user_ids: Annotated[list[Snowflake] | None, BeforeValidator(_as_list)] = None
    nonce: str | int | None = None

    @property
    def usable_nonce(self) -> str | None:
        """The nonce, unless it is longer than 32 bytes; such a one is ignored."""
        text = None if self.nonce is None else str(self.nonce)
        return text if text is not None and len(text.encode()) <= 32 else None

    @property
    def wants_all(self) -> bool:
        """Whether the whole list of members is asked for."""
        return self.user_ids is None and not self.query


class RequestSounds(Frame):
    """Op 31: the soundboard sounds of guilds."""

    guild_ids: list[Snowflake]


class RequestChannelInfo(Frame):
    """Op 43: what is not part of channel objects, for all voice channels of a guild."""

    guild_id: Snowflake
    fields: list[str]
