"""Marks effects as done: those that end at about the same time share one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import tuple_, update

from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.outbox.models import TABLE, ClaimedEffect, EffectState

AT_ONCE = 100
"""Effects of one statement."""


class DoneMarks:
    """Writes a mark at once, and those that come up meanwhile together after it."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database
        self._waiting: list[tuple[ClaimedEffect, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, effect: ClaimedEffect) -> bool:
        """Mark the effect; False if the lease was lost to another worker meanwhile."""
        marked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((effect, marked))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="outbox-marks")
        return await marked

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                await self._write_batch(batch)
        finally:
            self._writing = None

    async def _write_batch(self, batch: Sequence[tuple[ClaimedEffect, asyncio.Future[bool]]]) -> None:
        try:
            ours = await self._mark([effect for effect, _ in batch])
        except Exception as error:
            for _, marked in batch:
                if not marked.done():
                    marked.set_exception(error)
            return
        for effect, marked in batch:
            if not marked.done():
                marked.set_result((effect.id, effect.attempts) in ours)

    async def _mark(self, effects: Sequence[ClaimedEffect]) -> set[tuple[int, int]]:
        fence = tuple_(TABLE.c.effect_id, TABLE.c.worker, TABLE.c.attempts)
        done = (
            update(TABLE)
            .where(
                TABLE.c.effect_id.in_([effect.id for effect in effects]),
                fence.in_([(effect.id, effect.worker, effect.attempts) for effect in effects]),
                TABLE.c.state == EffectState.RUNNING,
            )
            .values(state=EffectState.DONE, worker=None, lease_until=None, error=None)
            .returning(TABLE.c.effect_id, TABLE.c.attempts)
        )

        async def write(work: UnitOfWork) -> set[tuple[int, int]]:
            return {(effect_id, attempts) for effect_id, attempts in await work.session.execute(done)}

        return await self._database.run(write)
