"""Whom of those who come a table knows: asked about at the same time, they are looked up together.

In a raid thousands come within seconds; a statement for each would take all connections from everybody else.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from guildbase.services.database import DatabaseService

AT_ONCE = 2
"""Statements of one table that run at the same time."""
MOST = 1000
"""People of one statement."""


@dataclass(slots=True, eq=False)
class _Batch:
    user_ids: set[int] = field(default_factory=set)
    reading: asyncio.Task[set[int]] | None = None


class KnownPeople:
    """Looks people up in the columns `guild_id` and `user_id` of a model."""

    def __init__(self, database: DatabaseService, model: Any) -> None:
        self._database = database
        self._table = model.__table__
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._open: dict[int, _Batch] = {}
        """By guild those who are to be looked up next."""

    async def has(self, guild_id: int, user_id: int) -> bool:
        """Tell whether a row of this guild is about the person."""
        batch = self._open.get(guild_id)
        if batch is None or len(batch.user_ids) >= MOST:
            batch = self._open[guild_id] = _Batch()
        batch.user_ids.add(user_id)
        if batch.reading is None:
            batch.reading = asyncio.create_task(self._read(guild_id, batch))
        # Whoever asks no longer must not end it for the others.
        return user_id in await asyncio.shield(batch.reading)

    async def _read(self, guild_id: int, batch: _Batch) -> set[int]:
        async with self._turns:
            if self._open.get(guild_id) is batch:
                del self._open[guild_id]  # Whoever asks from now on is looked up with the next.
            columns = self._table.c
            known = select(columns.user_id).where(columns.guild_id == guild_id, columns.user_id.in_(batch.user_ids))
            async with self._database.read_session(fresh=True) as session:
                return set((await session.execute(known)).scalars())
