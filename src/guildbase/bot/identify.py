"""Keeps the starts of shards within Discord's limits, which discord.py leaves to us.

Discord allows `max_concurrency` IDENTIFYs in 5 seconds and, usually, 1000 a day; whoever exceeds the
second is logged out everywhere and has the token reset. After a refused start discord.py starts again
at once, so a shard that does not get ready waits longer each time.
Source: https://discord.com/developers/docs/events/gateway#session-start-limit-object
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

import structlog

from guildbase.core.errors import DatabaseUnavailable
from guildbase.services.leases import Leases

log = structlog.get_logger(__name__)

WINDOW = 5.25  # seconds that one start occupies its bucket: Discord's 5 and some room for a late clock
DAY = 86_400.0  # seconds
LOOK_EVERY = 0.25  # seconds between two looks whether another process's turn is over
LONGEST_WAIT = 20.0  # seconds; discord.py brings its shards back one after the other, so a longer one starves the rest


class IdentifyThrottle:
    """Makes every IDENTIFY of this process wait for its turn, with `leases` also for those of other processes."""

    def __init__(
        self,
        *,
        max_concurrency: int,
        starts_left: int,
        starts_total: int,
        reset_after: float,
        leases: Leases | None = None,
    ) -> None:
        self._max_concurrency = max(1, max_concurrency)
        self._leases = leases
        self.count(starts_left=starts_left, starts_total=starts_total, reset_after=reset_after)
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._last: dict[int, float] = {}
        self._refusals: defaultdict[int, int] = defaultdict(int)

    def count(self, *, starts_left: int, starts_total: int, reset_after: float) -> None:
        """Take over Discord's own count, in which the starts of other processes are."""
        self._starts_left = starts_left
        self._starts_total = starts_total
        self._reset_at = time.monotonic() + reset_after

    @property
    def starts_left(self) -> int:
        """Starts that Discord still allows until the count is reset."""
        return self._starts_left

    async def allowance(self, shards: int) -> None:
        """Return when Discord allows a start of so many shards; call it before the client begins."""
        if self._starts_left >= min(shards, self._starts_total):
            return
        seconds = self._reset_at - time.monotonic()
        if seconds > 0:
            log.error("identify_allowance_used_up", starts_left=self._starts_left, seconds=round(seconds))
            await asyncio.sleep(seconds)
        # Of several who waited, the first one fills it up.
        if time.monotonic() >= self._reset_at:
            self._starts_left = self._starts_total
            self._reset_at = time.monotonic() + DAY

    async def wait(self, shard_id: int) -> None:
        """Return when this shard may IDENTIFY."""
        if refusals := self._refusals[shard_id]:
            # Waited out before the bucket is taken, so that one refused shard does not keep the others' first starts.
            await self._pause(shard_id, min(WINDOW * 2.0 ** (refusals - 1), LONGEST_WAIT))
        bucket = shard_id % self._max_concurrency
        async with self._locks[bucket]:
            await self.allowance(1)
            await self._pause(shard_id, self._last[bucket] + WINDOW - time.monotonic() if bucket in self._last else 0.0)
            await self._turn(bucket)
            self._last[bucket] = time.monotonic()
            self._refusals[shard_id] += 1
            self._starts_left -= 1

    def ready(self, shard_id: int) -> None:
        """Note that the shard's start succeeded."""
        self._refusals.pop(shard_id, None)

    async def _turn(self, bucket: int) -> None:
        """Return when no other process has started a shard of this bucket within the window."""
        while self._leases is not None:
            try:
                # It is not released, but runs out, and so keeps others from starting meanwhile.
                if await self._leases.acquire(f"identify:{bucket}", WINDOW) is not None:
                    return
            except DatabaseUnavailable:
                # Discord refuses a start that comes too early, which costs less than no start at all.
                log.warning("identify_without_turn", bucket=bucket)
                return
            await asyncio.sleep(LOOK_EVERY)

    async def _pause(self, shard_id: int, seconds: float) -> None:
        if seconds > 0:
            log.info("identify_waits", shard_id=shard_id, seconds=round(seconds, 1))
            await asyncio.sleep(seconds)
