"""Writes down, each minute and at once when a connection comes or goes, how the shards of this process fare."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from datetime import datetime

import structlog

from guildbase.core.clock import utcnow
from guildbase.core.errors import DatabaseUnavailable
from guildbase.platform.operations.controller.shards import ShardHistory
from guildbase.platform.operations.models import ShardHappening
from guildbase.services.container import BotServices

log = structlog.get_logger(__name__)

MOST_KEPT = 1000
"""Happenings that wait for a database that is away; the oldest are given up."""


class ShardRecorder:
    """The record of one bot process."""

    def __init__(self, services: BotServices) -> None:
        self._history = services.get(ShardHistory)
        self._happened: deque[tuple[int, ShardHappening, datetime]] = deque(maxlen=MOST_KEPT)
        self._wake = asyncio.Event()

    def note(self, shard_id: int, happening: ShardHappening) -> None:
        """Have it written down soon."""
        self._happened.append((shard_id, happening, utcnow()))
        self._wake.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            self._wake.clear()
            await self._write()
            with suppress(TimeoutError):
                async with asyncio.timeout(60 - utcnow().second):
                    await self._wake.wait()

    async def _write(self) -> None:
        happened = list(self._happened)
        try:
            await self._history.record(happened)
        except DatabaseUnavailable as error:
            log.warning("shard_history_waits_for_the_database", reason=error.message)
            return
        for _written in happened:
            self._happened.popleft()
