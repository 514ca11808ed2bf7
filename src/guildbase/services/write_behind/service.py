"""Write-behind: counts and log rows are gathered without waiting, and stored together a moment later.

Every batch is stored once, also when the answer to its commit is lost. A process that is killed loses what it gathered
since its last flush, and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from guildbase.core.errors import DatabaseUnavailable, InvalidInput
from guildbase.core.settings import Settings
from guildbase.database.base import Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.services.write_behind.buffers import Batch, Buffer, Figures, Rows, Sums, buffer_for
from guildbase.services.write_behind.marks import begin_counting, count_erasure, erasures, is_first_time

log = structlog.get_logger(__name__)

LOOP = "write-behind"
LAST_FLUSH_WITHIN = 5.0  # seconds at the stop of the process
TELL_EVERY = 60.0  # seconds between two lines about rows that were lost
ROW_AT_FAULT = (IntegrityError, DataError, InvalidInput)
"""What a single row can make the database say; after anything else all rows are kept."""


class WriteBehind:
    """Gathers rows for the tables that declare it, and stores them in the background."""

    def __init__(self, services: BotServices) -> None:
        settings = services.get(Settings)
        self._database = services.get(DatabaseManager)
        self._loops = services.get(BackgroundLoops)
        self._interval = settings.write_behind_interval
        self._limit = settings.write_behind_max_rows
        self._writer = uuid4().hex
        self._sums: dict[type[Base], Sums] = {}
        self._rows: dict[type[Base], Rows] = {}
        self._erasures: int | None = None
        self._is_full = asyncio.Event()
        self._flushing = asyncio.Lock()
        self._is_failing = False
        self._told, self._told_at = 0, 0.0

    def add(self, model: type[Base], key: tuple[Any, ...], /, **numbers: int) -> None:
        """Add the numbers to the row with this primary key, which is made if it is not there; this waits for nothing.

        Raises:
            InvalidRow: a part of the key or a number is wrong; nothing is added.
            TypeError: the table is not declared with `write_behind(Shape.SUMS)`.
        """
        sums = self._sums.get(model) or self._sums_of(model)
        sums.add(key, numbers)

    def append(self, model: type[Base], /, **values: Any) -> None:
        """Have the row stored soon; this waits for nothing.

        Raises:
            InvalidRow: a value is wrong or missing; the row is not taken.
            TypeError: the table is not declared with `write_behind(Shape.ROWS)`.
        """
        rows = self._rows.get(model) or self._rows_of(model)
        rows.append(values)

    @property
    def figures(self) -> dict[str, tuple[int, Figures]]:
        """How many rows wait and what became of the others, by table."""
        return {buffer.table.name: (buffer.waiting, buffer.figures) for buffer in self._buffers()}

    async def start(self) -> None:
        """Store what is gathered, again and again."""
        await self._database.run(lambda work: begin_counting(work.session))
        self._erasures = await self._count_of_erasures()
        self._loops.start(LOOP, self._run)

    async def flush(self) -> None:
        """Store what was gathered until now, so that whoever reads finds it.

        Raises:
            DatabaseUnavailable: the database does not take it now; the rows are kept and tried again.
            Exception: something is wrong with a table; its rows are kept and tried again, too.
        """
        async with self._flushing:
            if any(buffer.is_personal for buffer in self._buffers()):
                self._erasures = await self._count_of_erasures()
            failures = [failure for buffer in self._buffers() if (failure := await self._flush(buffer)) is not None]
        if failures:
            raise failures[0]

    async def forget_the_unstored(self) -> None:
        """Have every process throw away what it gathered about people until now; an erasure calls it.

        After it, no row that was gathered before it is stored any more. Nobody can tell a person's rows from the others
        once the erasure has forgotten whom it was about, so the others that are not stored yet go, too.
        """
        await self._database.run(lambda work: count_erasure(work.session))

    async def close(self) -> None:
        """Store the rest, if the database takes it at once."""
        await self._loops.stop(LOOP)
        try:
            async with asyncio.timeout(LAST_FLUSH_WITHIN):
                await self.flush()
        except Exception as error:
            waiting = {name: count for name, (count, _) in self.figures.items() if count}
            log.error("write_behind_lost", rows=waiting, reason=type(error).__name__)
        self._tell_losses(at_once=True)

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._is_full.wait()
            self._is_full.clear()
            try:
                await self.flush()
                self._is_failing = False
            except DatabaseUnavailable as error:
                if not self._is_failing:
                    log.warning("write_behind_waits", reason=error.message)
                self._is_failing = True
            self._tell_losses()

    async def _flush(self, buffer: Buffer) -> Exception | None:
        """Store one table's rows; return what keeps it from that, which must keep no other table waiting."""
        buffer.take(self._erasures)
        while buffer.batches:
            batch = buffer.batches[0]
            if batch.number is None:
                buffer.numbers += 1
                batch.number = buffer.numbers
            try:
                is_wanted = await self._database.run(partial(self._store, buffer=buffer, batch=batch))
            except ROW_AT_FAULT:
                buffer.split()
            except Exception as failure:
                return failure
            else:
                buffer.settle(is_wanted=is_wanted)
        return None

    async def _store(self, work: UnitOfWork, buffer: Buffer, batch: Batch) -> bool:
        """Store the batch unless it is stored; False if people were erased since, so that it must not be."""
        number = batch.number or 0
        if not await is_first_time(work.session, f"{self._writer}:{buffer.table.name}", number):
            return True
        may_be_old = buffer.is_personal and batch.erasures is not None
        if may_be_old and await erasures(work.session, until_commit=True) != batch.erasures:
            return False
        await buffer.statement.run(await work.session.connection(), batch.rows)
        return True

    async def _count_of_erasures(self) -> int | None:
        async with self._database.read_session(fresh=True) as session:
            return await erasures(session)

    def _buffers(self) -> Iterator[Buffer]:
        # A row may come in for a new table while others are stored.
        yield from (*self._sums.values(), *self._rows.values())

    def _sums_of(self, model: type[Base]) -> Sums:
        self._sums[model] = buffer_for(Sums, model, self._limit, self._is_full.set, self._erasures)
        return self._sums[model]

    def _rows_of(self, model: type[Base]) -> Rows:
        self._rows[model] = buffer_for(Rows, model, self._limit, self._is_full.set, self._erasures)
        return self._rows[model]

    def _tell_losses(self, *, at_once: bool = False) -> None:
        lost = sum(buffer.figures.lost for buffer in self._buffers())
        now = time.monotonic()
        if lost > self._told and (at_once or now - self._told_at > TELL_EVERY):
            tables = {name: figures.lost for name, (_, figures) in self.figures.items() if figures.lost}
            log.warning("write_behind_dropped", rows=lost - self._told, since_start=tables)
            self._told, self._told_at = lost, now
