"""What workers ask of the table: what is due, to have some of it for a while, and to give it back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, case, func, literal, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from guildbase.core import clock
from guildbase.database.clock import database_now, has_run_out
from guildbase.database.connections.prebuilt import RefusedByServer
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_for
from guildbase.services.due_work.models import FAILED, OPEN_AND_UNIQUE, PENDING, RUNNING, DueItem, DueState
from guildbase.services.due_work.settlement import FREE, TABLE, Claim, done, done_on_postgresql, still_ours

LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 8
LOST_WORKERS = "Each process that began this work ended before it was done."

_columns = TABLE.c
_DONE = done_on_postgresql()
_CLAIMED = [_columns[name] for name in Claim._fields if name != "now"]


class Look(NamedTuple):
    """What there is to do."""

    next_due: float | None
    """Seconds until the next piece of work is due, negative if one waits already; None if there is none."""
    has_lost: bool
    """Whether a worker has let its lease run out."""


class Claims:
    """The claims of one worker, which has a name of its own."""

    def __init__(self, database: DatabaseManager, worker: str, *, lease: timedelta = LEASE) -> None:
        self.lease = lease
        self._database = database
        self._worker = worker

    async def look(self, kinds: Collection[str]) -> Look:
        """Tell when work of these kinds is due; a look that only reads disturbs nobody."""
        first = select(func.min(_columns.due_at)).where(PENDING, _columns.kind.in_(kinds)).scalar_subquery()
        lost = select(_columns.work_id).where(RUNNING, has_run_out(_columns.lease_until)).exists()
        async with self._database.read_session(fresh=True) as session:
            now, due_at, has_lost = (await session.execute(select(database_now(), first, lost))).one()
        return Look(None if due_at is None else (due_at - now).total_seconds(), has_lost)

    async def claim(self, kinds: Collection[str], limit: int) -> list[Claim]:
        """Take up to `limit` due pieces of these kinds, oldest first."""
        is_due = (PENDING, _columns.due_at <= database_now(), _columns.kind.in_(kinds))
        return await self._take(is_due, limit)

    async def claim_now(self, kind: str) -> Claim | None:
        """Take the job of this name, due or not; None if somebody is at it."""
        found = await self._take((PENDING, _columns.unique_key == kind, _columns.kind == kind), 1)
        return found[0] if found else None

    async def renew(self, claim: Claim) -> bool:
        """Have the work for another length of the lease; False if it is no longer ours."""
        return await self.settle(still_ours(claim).values(lease_until=database_now(self.lease)))

    async def settle(self, settlement: Executable) -> bool:
        """Carry out the end of an attempt; False if the work is no longer ours."""
        async with self._writing() as connection:
            result: Any = await connection.execute(settlement)
        return bool(result.rowcount == 1)

    async def done(self, claim: Claim) -> bool:
        """Mark the work as done; False if it is no longer ours."""
        if not self._database.is_sqlite:
            ours = {"of_work_id": claim.work_id, "of_version": claim.version, "ahead": clock.ahead}
            with suppress(RefusedByServer):  # The convenient way tells every error clearly.
                return await _DONE.run(self._database, **ours) is not None
        return await self.settle(done(claim))

    async def take_back(self, *, everything: bool = False) -> int:
        """Free what workers held that let their leases run out, and tell how much; what ended all is given up.

        `everything` is for the start of a process that is the only one: whoever held something has ended.
        """
        is_given_up = _columns.attempts >= MAX_ATTEMPTS
        is_lost = true() if everything else has_run_out(_columns.lease_until)
        # What a frozen process has locked waits; nobody waits for it.
        lost = select(_columns.work_id).where(RUNNING, is_lost).with_for_update(skip_locked=True)
        back = update(TABLE).where(_columns.work_id.in_(select(lost.cte("lost").c.work_id)))
        freed = {
            "state": case((is_given_up, literal(DueState.FAILED, _columns.state.type)), else_=_pending()),
            "finished_at": case((is_given_up, database_now()), else_=_columns.finished_at),
            "error": case((is_given_up, LOST_WORKERS), else_=_columns.error),
        }
        async with self._writing() as connection:
            result: Any = await connection.execute(back.values(**FREE, **freed, version=_columns.version + 1))
        return int(result.rowcount)

    async def release(self) -> None:
        """Give back what this worker holds, as if it had not begun."""
        held = update(TABLE).where(RUNNING, _columns.worker == self._worker)
        unbegun = case((_columns.attempts > 0, _columns.attempts - 1), else_=0)
        free = held.values(**FREE, state=DueState.PENDING, attempts=unbegun, version=_columns.version + 1)
        async with self._writing() as connection:
            await connection.execute(free)

    async def ensure(self, jobs: Mapping[str, timedelta]) -> None:
        """Have a row for every job, due at once if it is new, and none due later than it can rightly be."""
        if not jobs:
            return
        async with self._database.transaction() as work:
            for name in jobs:
                row = insert_for(work.session, TABLE).values(**_new(name))
                kept = row.on_conflict_do_nothing(index_elements=["unique_key"], index_where=OPEN_AND_UNIQUE)
                await work.session.execute(kept)
            # A clock that was wrong for a moment, or a longer interval before, must not stop a job for years.
            for name, every in jobs.items():
                too_late = (PENDING, _columns.unique_key == name, _columns.due_at > database_now(every))
                await work.session.execute(update(TABLE).where(*too_late).values(due_at=database_now()))

    async def waiting(self) -> tuple[dict[str, float], int]:
        """Return how many seconds the oldest due work of each kind waits, and how many pieces have failed."""
        oldest = select(_columns.kind, database_now(), func.min(_columns.due_at))
        oldest = oldest.where(PENDING, _columns.due_at <= database_now()).group_by(_columns.kind)
        async with self._database.read_session(fresh=True) as session:
            lags = {kind: (now - due_at).total_seconds() for kind, now, due_at in await session.execute(oldest)}
            failed = (await session.execute(select(func.count()).select_from(TABLE).where(FAILED))).scalar_one()
        return lags, failed

    async def _take(self, conditions: Iterable[Any], limit: int) -> list[Claim]:
        waiting = select(_columns.work_id).where(*conditions).order_by(_columns.due_at, _columns.work_id).limit(limit)
        # Named apart, the rows are picked once; PostgreSQL may run a mere subquery again and take more than `limit`.
        picked = waiting.with_for_update(skip_locked=True).cte("picked")
        taken = update(TABLE).where(_columns.work_id.in_(select(picked.c.work_id)))
        taken = taken.values(
            state=DueState.RUNNING,
            worker=self._worker,
            lease_until=database_now(self.lease),
            attempts=_columns.attempts + 1,
            version=_columns.version + 1,
        )
        async with self._writing() as connection:
            rows = (await connection.execute(taken.returning(*_CLAIMED, database_now()))).all()
        return sorted(map(Claim._make, rows), key=lambda claim: (claim.due_at, claim.work_id))

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection | AsyncSession]:
        """Give what runs one statement in a transaction of its own, on PostgreSQL in one round trip."""
        if self._database.is_sqlite:
            async with self._database.transaction() as work:
                yield work.session
        else:
            async with self._database.statement() as connection:
                yield connection


def _pending() -> ColumnElement[Any]:
    return literal(DueState.PENDING, _columns.state.type)


def _new(job: str) -> dict[str, Any]:
    values = DueItem.validated({"kind": job, "unique_key": job})
    del values["work_id"]  # The database numbers it.
    return {**values, "due_at": database_now(), "created_at": database_now()}
