"""The counter that the database keeps: a row for each key, locked while it is looked at and written.

It is exact for any number of processes, outlives every crash, and follows the database's clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Field, col
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.database.base import Base
from guildbase.database.clock import database_now
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, column_info
from guildbase.database.rows.upsert import insert_for
from guildbase.database.types import JsonDocument
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.database.upkeep.retention import kept_for

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class RateCount(Base, table=True):
    """When one subject did what a policy limits, within the last window."""

    __table_args__ = ({"info": kept_for(8, by="counted_at")},)  # Longer than any window.

    policy: str = Field(max_length=40, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    subject: str = Field(max_length=100, primary_key=True, sa_column_kwargs=column_info(DELETE_ROW))
    moments: list[int] = Field(sa_type=JsonDocument, sa_column_kwargs=column_info(NOT_PERSONAL))
    """Microseconds since 1970, the oldest first."""
    counted_at: datetime = Field(sa_type=UTCDateTime)


class CountedLog:
    """Counts for one window of so many seconds, by the database's clock."""

    def __init__(self, database: DatabaseManager, policy: str, window: float) -> None:
        self._database = database
        self._policy = policy
        self._window = round(window * 1_000_000)

    async def count(self, key: str, limit: int, cost: int, work: UnitOfWork | None = None) -> float:
        """Return how many are left after these, or, below zero, the seconds to wait; then nothing was counted.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        if work is not None:
            return await self._count(work, key, limit, cost)
        return await self._database.run(lambda own: self._count(own, key, limit, cost))

    async def _count(self, work: UnitOfWork, key: str, limit: int, cost: int) -> float:
        log = await self._locked(work, key)
        # Only now: who waited for the lock must not count with the time at which the wait began.
        at: datetime = (await work.session.execute(select(database_now()))).scalar_one()
        now = (at - EPOCH) // MICROSECOND
        # What is further ahead than a window comes from a clock that was wrong, and must not stop anybody.
        log = [moment for moment in log if abs(now - moment) < self._window]
        surplus = len(log) + cost - limit
        if surplus > 0:
            return (now - self._window - log[surplus - 1]) / 1_000_000
        mine = (col(RateCount.policy) == self._policy) & (col(RateCount.subject) == key)
        log = sorted([*log, *[now] * cost])
        await work.session.execute(update(RateCount).where(mine).values(moments=log, counted_at=at))
        return -surplus

    async def _locked(self, work: UnitOfWork, key: str) -> list[int]:
        """Return what was counted; the row, which is made if there is none, stays locked until the end of the work."""
        row = insert_for(work.session, RateCount).values(
            policy=self._policy, subject=key, moments=[], counted_at=database_now()
        )
        locked: Any = row.on_conflict_do_update(index_elements=["policy", "subject"], set_={"policy": self._policy})
        return list((await work.session.execute(locked.returning(col(RateCount.moments)))).scalar_one())
