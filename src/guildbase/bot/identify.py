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

log = structlog.get_logger(__name__)

WINDOW = 5.0  # seconds that one start occupies its bucket
LONGEST_WAIT = 300.0  # seconds between starts of a shard that never gets ready
RESERVE = 5
"""Starts that are left unused, so that an operator can still restart the bot."""


class IdentifyThrottle:
    """Makes every IDENTIFY of this process wait for its turn."""

    def __init__(self, *, max_concurrency: int, starts_left: int, reset_after: float) -> None:
        self._max_concurrency = max(1, max_concurrency)
        self._starts_left = starts_left
        self._reset_at = time.monotonic() + reset_after
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._last: dict[int, float] = {}
        self._refusals: defaultdict[int, int] = defaultdict(int)

    @property
    def starts_left(self) -> int:
        """Starts that Discord still allows until the count is reset."""
        return self._starts_left

    async def wait(self, shard_id: int) -> None:
        """Return when this shard may IDENTIFY."""
        bucket = shard_id % self._max_concurrency
        async with self._locks[bucket]:
            await self._wait_for_allowance()
            delay = self._delay(shard_id, bucket)
            if delay > 0:
                log.info("identify_waits", shard_id=shard_id, seconds=round(delay, 1))
                await asyncio.sleep(delay)
            self._last[bucket] = time.monotonic()
            self._refusals[shard_id] += 1
            self._starts_left -= 1

    def ready(self, shard_id: int) -> None:
        """Note that the shard's start succeeded."""
        self._refusals.pop(shard_id, None)

    def _delay(self, shard_id: int, bucket: int) -> float:
        since_last = time.monotonic() - self._last.get(bucket, -WINDOW)
        refusals = self._refusals[shard_id]
        pause = min(WINDOW * 2.0**refusals, LONGEST_WAIT) if refusals else WINDOW
        return pause - since_last

    async def _wait_for_allowance(self) -> None:
        if self._starts_left > RESERVE:
            return
        seconds = max(0.0, self._reset_at - time.monotonic())
        log.error("identify_allowance_used_up", starts_left=self._starts_left, seconds=round(seconds))
        await asyncio.sleep(seconds)
        self._starts_left = 1000
        self._reset_at = time.monotonic() + 86_400
