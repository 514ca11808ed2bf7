"""How the shards of all processes fare, and which process has a guild.

Who runs a shard is the truth of the leases. How it fares is reported by its process every few seconds: to this process
alone, or to all that share a Redis. A report that nobody renews goes stale, and after a while it is forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING

import orjson
import structlog
from pydantic import ValidationError

from guildbase.core.settings import Settings
from guildbase.core.snowflake import shard_of
from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.services.leases import Leases
from guildbase.services.process import ProcessIdentity
from guildbase.services.redis import RedisAway, RedisConnection
from guildbase.services.shard_ranges import PREFIX, ShardRange

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from redis.asyncio import Redis

log = structlog.get_logger(__name__)

REPORT_EVERY = 2.0  # seconds
STALE_AFTER = 7.0  # seconds; three reports are missing then
FORGOTTEN_AFTER = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class ShardReport:
    """What a process says of one of its shards."""

    shard_id: int
    process: str
    version: str
    state: str
    """`ready`, `connecting` or `reconnecting`."""
    guilds: int
    latency: float | None
    """Seconds from the last heartbeat to its acknowledgement; None before the first one."""
    latency_history: tuple[float, ...]
    """Those of the last heartbeats, oldest first."""
    last_dispatch_age: float | None
    """Seconds since Discord's last event, at the time of the report."""


@dataclass(frozen=True, slots=True)
class ShardState:
    """What is known of one shard."""

    shard_id: int
    owner: str | None
    """The process that has its lease; None if no process runs the shard."""
    report: ShardReport | None
    """The owner's last report."""
    age: float
    """Seconds since that report."""

    @property
    def is_stale(self) -> bool:
        """Whether the process that runs it has not reported for too long; it may hang."""
        return self.owner is not None and (self.report is None or self.age > STALE_AFTER)

    @property
    def state(self) -> str:
        """The reported state; `gone` if no process runs the shard, and `unknown` without a report."""
        if self.owner is None:
            return "gone"
        return self.report.state if self.report else "unknown"


class Shards:
    """The shards of all processes."""

    def __init__(self, services: BotServices) -> None:
        self._database = services.get(DatabaseManager)
        self._leases = services.get(Leases)
        self._process = services.get(ProcessIdentity).id
        has_redis = bool(services.get(Settings).redis_url.get_secret_value())
        self._redis = services.get(RedisConnection) if has_redis else None
        self._own: dict[int, tuple[ShardReport, float]] = {}

    async def owner_of(self, guild_id: int) -> str | None:
        """Return the id of the process that runs the guild's shard; None if there is none."""
        for held, owner in await self._ranges():
            if owner and shard_of(guild_id, held.count) in held.ids:
                return owner
        return None

    async def all(self) -> list[ShardState]:
        """Return all shards in order, also those that no process runs now.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        owners = await self._owners()
        reports = await self._reports(list(owners))
        return [_state(shard_id, owner, reports.get(shard_id)) for shard_id, owner in owners.items()]

    async def report(self, reports: Sequence[ShardReport]) -> None:
        """Tell how this process's shards fare; this takes the place of what it told before."""
        self._own = {report.shard_id: (report, time.monotonic()) for report in reports}
        documents = {self._key(report.shard_id): orjson.dumps(asdict(report)) for report in reports}

        async def store(client: Redis) -> None:
            async with client.pipeline(transaction=False) as pipeline:
                for key, document in documents.items():
                    pipeline.set(key, document, px=int(FORGOTTEN_AFTER * 1000))
                # A server without memory left refuses to store, and then the others do without these reports.
                await pipeline.execute(raise_on_error=False)

        await self._quietly(store)

    async def _ranges(self) -> list[tuple[ShardRange, str]]:
        """Return ranges with their owners ("" if there is none), those of the leases that end latest first."""
        async with self._database.read_session(fresh=True) as session:
            leases = await self._leases.held(session, PREFIX)
        found = [(ShardRange.parse(name), holder if is_held else "") for name, holder, is_held in leases]
        return [(held, owner) for held, owner in found if held is not None]

    async def _owners(self) -> dict[int, str | None]:
        ranges = await self._ranges()
        if not ranges:
            return {}
        # What ended before belongs to another division into shards.
        count = ranges[0][0].count
        owners: dict[int, str | None] = dict.fromkeys(range(count))
        for held, owner in ranges:
            if owner and held.count == count:
                owners |= dict.fromkeys(held.ids, owner)
        return owners

    async def _reports(self, shard_ids: Sequence[int]) -> dict[int, tuple[ShardReport, float]]:
        found: dict[int, tuple[ShardReport, float]] = {}

        async def fetch(client: Redis) -> None:
            async with client.pipeline(transaction=False) as pipeline:
                for shard_id in shard_ids:
                    pipeline.get(self._key(shard_id))
                    pipeline.pttl(self._key(shard_id))
                answers = await pipeline.execute(raise_on_error=False)
            for shard_id, document, left in zip(shard_ids, answers[::2], answers[1::2], strict=True):
                if (report := _read(document)) is not None:
                    found[shard_id] = report, FORGOTTEN_AFTER - left / 1000

        await self._quietly(fetch)
        now = time.monotonic()
        return found | {shard_id: (report, now - at) for shard_id, (report, at) in self._own.items()}

    async def _quietly(self, action: Callable[[Redis], Awaitable[None]]) -> None:
        if self._redis is not None:
            try:
                await self._redis.run(action)
            except RedisAway:
                log.debug("shards_without_redis")

    def _key(self, shard_id: int) -> str:
        return self._redis.key("shard", shard_id) if self._redis else ""


def _state(shard_id: int, owner: str | None, found: tuple[ShardReport, float] | None) -> ShardState:
    # A predecessor's report says nothing of how the shard fares with its new owner.
    if owner is None or found is None or found[0].process != owner:
        return ShardState(shard_id, owner, None, 0.0)
    return ShardState(shard_id, owner, *found)


def _read(document: object) -> ShardReport | None:
    if not isinstance(document, bytes):
        return None
    try:
        return _checked_report().validate_json(document)
    except ValidationError:
        log.warning("shard_report_unreadable")
        return None


@cache
def _checked_report() -> TypeAdapter[ShardReport]:
    # Built when the first report of another process is read; most bots never read one.
    from pydantic import TypeAdapter

    return TypeAdapter(ShardReport)
