"""Which shards this process runs: a range of them, leased, so that no two processes ever run the same one."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices
from guildbase.services.leases import LOOK_EVERY, HeldLease, Leases

log = structlog.get_logger(__name__)

PREFIX = "shards:"
DOOR = "shard-ranges"
"""The lease under which ranges are handed out, one process after the other."""
_NAME = re.compile(rf"{PREFIX}(\d+)-(\d+)of(\d+)")


@dataclass(frozen=True, slots=True)
class ShardRange:
    """Shards `first` to `last` of `count`."""

    first: int
    last: int
    count: int

    @classmethod
    def parse(cls, name: str) -> ShardRange | None:
        """Return the range that a lease of this name is about."""
        found = _NAME.fullmatch(name)
        return cls(*map(int, found.groups())) if found else None

    @property
    def name(self) -> str:
        """The name of the range's lease."""
        return f"{PREFIX}{self.first}-{self.last}of{self.count}"

    @property
    def ids(self) -> range:
        """The shards' numbers."""
        return range(self.first, self.last + 1)

    def overlaps(self, other: ShardRange) -> bool:
        """Tell whether some shard is in both."""
        return self.first <= other.last and other.first <= self.last


def split(count: int, size: int | None) -> Iterator[ShardRange]:
    """Yield the ranges of so many shards, each of at most `size`; without a size there is one."""
    step = size or count
    for first in range(0, count, step):
        yield ShardRange(first, min(first + step, count) - 1, count)


@dataclass(frozen=True, slots=True)
class HeldShards:
    """The shards that this process may run while it holds their lease."""

    range: ShardRange
    lease: HeldLease


@dataclass(frozen=True, slots=True)
class _OtherCount:
    """Processes that divide Discord into another number of shards than this one is told to."""

    count: int
    processes: frozenset[str]


class ShardRanges:
    """Gets a range of shards for this process."""

    def __init__(self, services: BotServices) -> None:
        settings = services.get(Settings)
        self._count = settings.shard_count
        self._size = settings.shards_per_process
        self._database = services.get(DatabaseManager)
        self._leases = services.get(Leases)

    async def wait(self, recommended: int) -> HeldShards:
        """Return a range as soon as one is free; until then this process stands by.

        `recommended` is Discord's number of shards, which counts if the settings and the other processes have none.

        Raises:
            ConfigurationError: other processes that live have another number of shards than the settings say.
        """
        began, is_told = time.monotonic(), False
        while True:
            try:
                found = await self._database.run(lambda work: self._choose(work, recommended))
            except DatabaseUnavailable as error:
                log.warning("shards_not_leased", reason=error.message)
                await asyncio.sleep(LOOK_EVERY)
                continue
            if isinstance(found, HeldShards):
                log.info("shards_leased", shards=found.range.name, token=found.lease.token)
                return found
            if isinstance(found, _OtherCount) and time.monotonic() - began > self._leases.ttl + LOOK_EVERY:
                # A process that was killed would have lost its lease by now, so these live.
                raise _refusal(self._count, found)
            if not is_told:
                log.info("standing_by", reason="Other processes run the shards; this one waits to take over.")
                is_told = True
            await asyncio.sleep(LOOK_EVERY)

    async def _choose(self, work: UnitOfWork, recommended: int) -> HeldShards | _OtherCount | None:
        # The row is locked until the commit, so that two who look at once cannot both see the same range free.
        await self._leases.lock(work, DOOR)
        taken = await self._taken(work)
        count = self._count or next((held.count for held, _ in taken), recommended)
        others = [(held, holder) for held, holder in taken if held.count != count]
        if others:
            return _OtherCount(others[0][0].count, frozenset(holder for _, holder in others))
        free = _first_free(count, self._size, [held for held, _ in taken])
        lease = await self._leases.take(work, free.name) if free else None
        return HeldShards(free, lease) if free and lease else None

    async def _taken(self, work: UnitOfWork) -> list[tuple[ShardRange, str]]:
        leases = await self._leases.held(work.session, PREFIX)
        ranges = [(ShardRange.parse(name), holder) for name, holder, is_held in leases if is_held]
        return [(held, holder) for held, holder in ranges if held is not None]


def _first_free(count: int, size: int | None, taken: Sequence[ShardRange]) -> ShardRange | None:
    return next((it for it in split(count, size) if not any(it.overlaps(other) for other in taken)), None)


def _refusal(count: int | None, other: _OtherCount) -> ConfigurationError:
    who = ", ".join(sorted(other.processes))
    return ConfigurationError(
        f"This process is to run {count} shards, but the bot runs as {other.count} (process {who}).",
        hint="Stop the other processes first, or set GUILDBASE_SHARD_COUNT alike everywhere.",
    )
