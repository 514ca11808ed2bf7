"""Schedules and cancels work, and lets operators see what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, NotFound, PermissionDenied
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.clock import database_now
from guildbase.database.rows.pagination import BadCursor
from guildbase.database.rows.upsert import insert_for
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.due_work.models import OPEN_AND_UNIQUE, DueItem, DueState
from guildbase.services.due_work.settlement import FREE, TABLE
from guildbase.services.due_work.wakeups import SCHEDULED, Scheduled
from guildbase.services.pubsub import PubSub

SOON = timedelta(seconds=2)
"""What is due later is found by the workers themselves."""
NEW: Mapping[str, Any] = {**FREE, "state": DueState.PENDING, "attempts": 0, "error": None, "finished_at": None}
OPEN = (DueState.PENDING, DueState.RUNNING)


@dataclass(slots=True)
class Figures:
    """What the worker of this process knows of due work, for metrics."""

    endings: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many attempts ended how, by kind and ending."""
    lags: dict[str, float] = field(default_factory=dict)
    """Seconds that the oldest due work of a kind waits."""
    failed: int = 0
    """Pieces of work that were given up and that nobody has dealt with."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """One piece of work that is to be scheduled with others."""

    payload: dict[str, Any]
    due_at: datetime
    guild_id: int
    unique_key: str


class DueWork(BaseController):
    """The one writer of the table, apart from the workers."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self.figures = Figures()
        self._pubsub = services.get(PubSub)

    async def schedule(
        self,
        work: UnitOfWork,
        kind: str,
        payload: Mapping[str, Any] | None = None,
        *,
        after: timedelta | None = None,
        due_at: datetime | None = None,
        guild_id: int | None = None,
        user_id: int | None = None,
        unique_key: str | None = None,
    ) -> int:
        """Have it done at a moment, or after some time from now, if this transaction commits; return its number.

        Open work with the same `unique_key` is replaced, and if it is being done at this moment, what it completes is
        not stored. Ids in the payload are text, as in all our JSON.

        Raises:
            InvalidRow: a value is wrong.
            ValueError: not exactly one of `after` and `due_at` was given.
        """
        if (after is None) == (due_at is None):
            raise ValueError("Say either after what time or at what moment.")
        given = {"kind": kind, "payload": dict(payload or {}), "guild_id": guild_id, "user_id": user_id}
        values = DueItem.validated({**given, "unique_key": unique_key, "due_at": due_at or utcnow()})
        del values["work_id"]  # The database numbers it.
        values |= {"created_at": database_now()} | ({"due_at": database_now(after)} if after is not None else {})
        statement = insert_for(work.session, TABLE).values(values)
        if unique_key is not None:
            replaced = {**values, "version": TABLE.c.version + 1}
            on = {"index_elements": ["unique_key"], "index_where": OPEN_AND_UNIQUE}
            statement = statement.on_conflict_do_update(**on, set_=replaced)
        number: int = (await work.session.execute(statement.returning(TABLE.c.work_id))).scalar_one()
        if (after if after is not None else values["due_at"] - utcnow()) < SOON:
            work.after_commit(self._wake)
        return number

    async def schedule_all(self, work: UnitOfWork, kind: str, items: Sequence[NewItem]) -> None:
        """Have all of it done if this transaction commits; for later than within seconds, and under new keys.

        Raises:
            IntegrityError: a key is taken.
        """
        rows = [DueItem.validated({**asdict(item), "kind": kind}) for item in items]
        for row in rows:
            del row["work_id"], row["created_at"]  # The database gives both.
        if rows:
            await work.session.execute(insert(TABLE).values(created_at=database_now()), rows)

    async def cancel(self, work: UnitOfWork, unique_key: str) -> bool:
        """Do no longer what is open under the key, if this transaction commits; False if there is nothing."""
        statement = _cancelled().where(TABLE.c.unique_key == unique_key, OPEN_AND_UNIQUE)
        return (await work.session.execute(statement.returning(TABLE.c.work_id))).first() is not None

    async def items(
        self,
        caller: Caller,
        *,
        state: DueState | None = None,
        kind: str | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> Sequence[DueItem]:
        """Return work of the whole installation, the next due first, what is over last; `after` is a `work_id`.

        Raises:
            PermissionDenied: the caller is not the operator.
            BadCursor: the piece that the page is to begin after is not kept any more.
        """
        _require_operator(caller)
        number, is_over = col(DueItem.work_id), col(DueItem.state).not_in(OPEN)
        next_first = case((is_over, None), else_=col(DueItem.due_at)), case((is_over, None), else_=number)
        latest_first = col(DueItem.finished_at).desc(), number.desc()
        listed = select(DueItem).order_by(is_over, *next_first, *latest_first).limit(limit)
        if state is not None:
            listed = listed.where(col(DueItem.state) == state)
        if kind is not None:
            listed = listed.where(col(DueItem.kind) == kind)
        async with self.reading() as session:
            if after is not None:
                listed = listed.where(_later(await session.get(DueItem, after)))
            return (await session.execute(listed)).scalars().all()

    async def retry(self, caller: Caller, work_id: int) -> None:
        """Have failed work tried again at once, as often as if it were new.

        Raises:
            PermissionDenied: the caller is not the operator.
            NotFound: there is no such work.
            Conflict: it has not failed, or newer work took its place.
        """
        again = update(TABLE).where(TABLE.c.state == DueState.FAILED)
        again = again.values(**NEW, due_at=database_now(), version=TABLE.c.version + 1)
        try:
            await self._change(caller, work_id, again, "retry")
        except IntegrityError:
            raise Conflict(
                f"Newer work took the place of {work_id}.", hint="Nothing needs to be tried again."
            ) from None
        self._wake()

    async def cancel_item(self, caller: Caller, work_id: int) -> None:
        """Do this work no longer, or put failed work aside.

        Raises:
            PermissionDenied: the caller is not the operator.
            NotFound: there is no such work.
            Conflict: it is done or cancelled already.
        """
        await self._change(caller, work_id, _cancelled().where(TABLE.c.state.in_([*OPEN, DueState.FAILED])), "cancel")

    async def _change(self, caller: Caller, work_id: int, change: Any, name: str) -> None:
        _require_operator(caller)

        async def action(work: UnitOfWork) -> None:
            returned = TABLE.c.kind, TABLE.c.guild_id
            changed = await work.session.execute(change.where(TABLE.c.work_id == work_id).returning(*returned))
            row = changed.first()
            if row is None:
                raise await _refusal(work, work_id)
            record = AuditRecord(f"due_work.{name}", row.guild_id, details={"kind": row.kind, "work_id": str(work_id)})
            await self.audit(work, record)

        await self.run(caller, action)

    def _wake(self) -> None:
        self._pubsub.publish(SCHEDULED, Scheduled())


def _cancelled() -> Any:
    cancelled = {**FREE, "state": DueState.CANCELLED, "finished_at": database_now()}
    return update(TABLE).values(**cancelled, version=TABLE.c.version + 1)


async def _refusal(work: UnitOfWork, work_id: int) -> NotFound | Conflict:
    found = await work.session.get(DueItem, work_id)
    if found is None:
        return NotFound(f"There is no work {work_id}.", hint="guildbase due list shows what there is.")
    return Conflict(f"Work {work_id} is {found.state}.", hint="guildbase due list shows what can be changed.")


def _later(last: DueItem | None) -> ColumnElement[bool]:
    """Return the condition of what comes after this piece in the list; raise BadCursor if it is gone."""
    if last is None:
        raise BadCursor
    number, is_over = col(DueItem.work_id), col(DueItem.state).not_in(OPEN)
    if last.state in OPEN:
        return or_(is_over, tuple_(col(DueItem.due_at), number) > tuple_(last.due_at, last.work_id))
    return and_(is_over, tuple_(col(DueItem.finished_at), number) < tuple_(last.finished_at, last.work_id))


def _require_operator(caller: Caller) -> None:
    if not caller.is_operator:
        raise PermissionDenied("Only the operator may look after due work.", hint="Use guildbase due on the server.")
