"""Reads on replicas of a PostgreSQL server, as long as they follow it closely enough.

How far a replica is behind is told by positions in the write-ahead log and our own clock. It needs no rights and no
write, and an idle primary does not look like a lagging replica.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy import URL, TextClause, text
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from guildbase.core.errors import DatabaseUnavailable

BETWEEN_CHECKS = 1.0  # seconds
CHECK_TIMEOUT = 1.0  # seconds
KEPT = 120  # positions of the primary that are remembered, one a check
POSITION = text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
REPLAYED = text("SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn WHERE pg_is_in_recovery()")
# The last but one is the answer of a server that follows nobody.
TROUBLES = (DatabaseUnavailable, DBAPIError, PoolTimeoutError, NoResultFound, TimeoutError)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Replica:
    """One replica; `lag` is the seconds that it is behind, or None while it cannot be used."""

    url: URL
    engine: AsyncEngine
    lag: float | None = None


class Replicas:
    """Takes the replicas in turns, and leaves out those that are down or too far behind."""

    def __init__(self, primary: AsyncEngine, replicas: list[Replica], max_lag: float) -> None:
        self.all = replicas
        self._primary = primary
        self._max_lag = max_lag
        self._turn = 0
        self._checked = -BETWEEN_CHECKS
        self._checking = asyncio.Lock()
        self._positions: deque[tuple[float, int]] = deque(maxlen=KEPT)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection | None]:
        """Give a connection to a replica, or None when there is none to use."""
        if time.monotonic() - self._checked > BETWEEN_CHECKS and not self._checking.locked():
            await self.check()
        for replica in self._in_turn():
            try:
                connection = await replica.engine.connect()
            except TROUBLES as error:
                self._left_out(replica, error)
                continue
            try:
                yield connection
            except DBAPIError as error:
                if error.connection_invalidated:
                    self._left_out(replica, error)
                raise
            finally:
                await connection.close()
            return
        yield None

    async def check(self) -> None:
        """Ask the primary where it is, and all replicas how far they have come."""
        async with self._checking:
            self._checked = time.monotonic()
            try:
                self._positions.append((self._checked, await _ask(self._primary, POSITION)))
            except TROUBLES:  # Then nothing new is known, and what the replicas have is all there is to read.
                log.warning("primary_silent_for_replicas")
            await asyncio.gather(*map(self._check, self.all))

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(replica.engine.dispose() for replica in self.all))

    def _in_turn(self) -> list[Replica]:
        usable = [replica for replica in self.all if replica.lag is not None and replica.lag <= self._max_lag]
        self._turn += 1
        first = self._turn % len(usable) if usable else 0
        return usable[first:] + usable[:first]

    async def _check(self, replica: Replica) -> None:
        try:
            replayed = await _ask(replica.engine, REPLAYED)
        except TROUBLES as error:
            self._left_out(replica, error)
        else:
            replica.lag = self._lag(replayed)

    def _lag(self, replayed: int) -> float | None:
        """Return the seconds since the replica had all; None if it has not been seen with any position we know."""
        for age, (at, position) in enumerate(reversed(self._positions)):
            if position <= replayed:
                return time.monotonic() - at if age else 0.0
        return None

    def _left_out(self, replica: Replica, error: BaseException) -> None:
        if replica.lag is not None:
            log.warning("replica_left_out", reason=str(error) or type(error).__name__)
        replica.lag = None


async def _ask(engine: AsyncEngine, question: TextClause) -> int:
    async with asyncio.timeout(CHECK_TIMEOUT), engine.connect() as connection:
        return int((await connection.execute(question)).scalar_one())
