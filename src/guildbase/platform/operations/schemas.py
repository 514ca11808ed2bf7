"""What the operator's routes take and give."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from guildbase.core.validators import Cursor
from guildbase.database.types import Snowflake
from guildbase.platform.operations.kinds import Status
from guildbase.platform.operations.models import ShardHappening
from guildbase.services.due_work import DueState
from guildbase.services.outbox import EffectState


class HealthCheck(BaseModel):
    """What was found of one part of the installation."""

    name: str
    status: Status
    told: str
    cure: str = Field(description="What to do; empty where all is well.")


class HealthReport(BaseModel):
    """What was found of every part."""

    checks: list[HealthCheck]
    at: datetime


class ShardPoint(BaseModel):
    """How a shard fared in a stretch of time."""

    at: datetime
    latency: float | None = Field(description="Seconds of a heartbeat's round trip, on average.")
    highest: float | None
    ready: float = Field(description="The share of the minutes in which it was ready, 0 to 1.")
    guilds: int


class ShardHistoryOut(BaseModel):
    """How a shard fared, oldest first."""

    shard_id: int
    step: int = Field(description="Seconds of one point; those without a point were not recorded.")
    points: list[ShardPoint]


class ShardEventOut(BaseModel):
    """A shard's connection came or went."""

    event_id: UUID
    shard_id: int
    happening: ShardHappening
    process: str
    happened_at: datetime


class ShardEventList(BaseModel):
    """What happened to connections, newest first."""

    events: list[ShardEventOut]
    next_after: Cursor | None


class ShardOfGuild(BaseModel):
    """Where a server is run."""

    guild_id: Snowflake
    shard_id: int | None = Field(description="Null if no bot process has run yet.")
    process: str | None


class BlockOfServer(BaseModel):
    """Why the bot does not serve a server."""

    reason: str
    expires_at: datetime | None


class ServerOut(BaseModel):
    """A server that the bot is or was in."""

    guild_id: Snowflake
    name: str | None = Field(description="Null if no bot process told of it.")
    icon_url: str | None
    member_count: int | None
    owner_id: Snowflake | None
    joined_at: datetime
    left_at: datetime | None
    last_used: date | None = Field(description="The last day (UTC) on which somebody used a command.")
    block: BlockOfServer | None


class ServerList(BaseModel):
    """Servers, those that the bot came to last first; a search is not paged."""

    servers: list[ServerOut]
    next_after: str | None


class LeaveServer(BaseModel):
    """Why the bot leaves."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=1, max_length=300, examples=["The server is used to send spam."])


class ErrorPlace(BaseModel):
    """What errors of one group have in common."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=20, examples=["command"])
    place: str = Field(max_length=100, examples=["warn"])
    error_type: str = Field(max_length=100, examples=["KeyError"])


class ErrorGroupOut(BaseModel):
    """The errors of one kind in one place."""

    kind: str
    place: str
    error_type: str
    count: int
    first_at: datetime
    last_at: datetime
    message: str = Field(description="That of the last.")
    is_new: bool = Field(description="Whether it came since somebody looked.")
    seen_at: datetime | None
    seen_by_name: str | None


class ErrorGroupList(BaseModel):
    """Groups, the latest first."""

    groups: list[ErrorGroupOut]


class ErrorEventOut(BaseModel):
    """One error with its stack."""

    event_id: UUID
    error_id: str = Field(description="What people were told to quote.")
    correlation_id: str | None
    kind: str
    place: str
    error_type: str
    guild_id: Snowflake | None
    user_id: Snowflake | None
    message: str
    traceback: str
    version: str
    count: int
    created_at: datetime
    last_at: datetime


class ErrorEventList(BaseModel):
    """Errors, newest first."""

    events: list[ErrorEventOut]
    next_after: Cursor | None


class KindOut(BaseModel):
    """What is to be done of one kind."""

    kind: str
    waiting: int
    failed: int
    oldest: float = Field(description="Seconds that the oldest due piece waits; 0 if none does.")


class QueueOut(BaseModel):
    """Due work, or promised effects."""

    kinds: list[KindOut]
    done_last_hour: int = Field(description="Of the latest 1,000 pieces.")


class WorkOut(BaseModel):
    """What is to be done."""

    due: QueueOut
    effects: QueueOut


class DueItemOut(BaseModel):
    """One piece of due work, without what it is about."""

    work_id: Annotated[int, Field(description="Its number.")]
    kind: str
    guild_id: Snowflake | None
    state: DueState
    due_at: datetime
    attempts: int
    error: str | None
    finished_at: datetime | None


class DueItemList(BaseModel):
    """Due work, the next first, what is over last."""

    items: list[DueItemOut]
    next_after: Cursor | None


class EffectOut(BaseModel):
    """One promised effect, without what it is about."""

    effect_id: int
    kind: str
    guild_id: Snowflake | None
    state: EffectState
    due_at: datetime
    attempts: int
    error: str | None
    updated_at: datetime


class EffectList(BaseModel):
    """Promised effects, the latest first."""

    effects: list[EffectOut]
    next_after: Cursor | None


class LoopOut(BaseModel):
    """One loop in the background of a process."""

    name: str
    is_running: bool
    restarts: int
    last_error: str


class CacheKindOut(BaseModel):
    """What a cache answered of one kind since its process started."""

    kind: str
    hits: int = Field(description="From the process itself.")
    shared: int = Field(description="From the copy that all processes share.")
    misses: int = Field(description="From the database.")


class ProcessOut(BaseModel):
    """One process of the installation."""

    process: str
    version: str
    loops: list[LoopOut]
    cache: list[CacheKindOut]
    cache_size: int
    invalidations: int
    unsent: int


class ProcessList(BaseModel):
    """The processes that answered, this one first, and the ids of those that did not."""

    processes: list[ProcessOut]
    silent: list[str]
