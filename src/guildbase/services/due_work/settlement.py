"""The end of an attempt: one statement, which holds only for who still has the work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Interval, Update, bindparam, func, update

from guildbase.core.errors import Conflict
from guildbase.core.logging import text_to_keep
from guildbase.database.clock import database_now
from guildbase.database.connections.prebuilt import Prebuilt
from guildbase.services.due_work.models import MAX_ERROR, RUNNING, DueItem, DueState

TABLE = DueItem.__table__
FREE: Mapping[str, Any] = {"worker": None, "lease_until": None}


class NoLongerDue(Conflict):
    """The work was cancelled, replaced or taken over meanwhile; what was done for it must not be stored."""

    code = "no_longer_due"


class Claim(NamedTuple):
    """A piece of work that this process has for the length of a lease."""

    work_id: int
    kind: str
    guild_id: int | None
    user_id: int | None
    payload: dict[str, Any]
    due_at: datetime
    attempts: int
    """How many there were, with this one."""
    version: int
    now: datetime
    """The moment of the claim by the database's clock."""

    @property
    def is_late_by(self) -> float:
        """Seconds from the moment when it was due to the claim."""
        return (self.now - self.due_at).total_seconds()


def still_ours(claim: Claim) -> Update:
    """Return an UPDATE of the work that changes nothing if somebody else has it now."""
    columns = TABLE.c
    return update(TABLE).where(columns.work_id == claim.work_id, columns.version == claim.version, RUNNING)


def done(claim: Claim) -> Update:
    """Return the statement after which the work is done."""
    return still_ours(claim).values(**FREE, state=DueState.DONE, finished_at=database_now(), error=None)


def done_on_postgresql() -> Prebuilt:
    """Return the same statement, compiled once: the one that runs for every piece of work."""
    ours = {name: TABLE.c[name] == bindparam(f"of_{name}", type_=TABLE.c[name].type) for name in ("work_id", "version")}
    now = func.statement_timestamp() + bindparam("ahead", type_=Interval())
    values = {**FREE, "state": DueState.DONE, "finished_at": now, "error": None}
    return Prebuilt(update(TABLE).where(*ours.values(), RUNNING).values(**values).returning(TABLE.c.work_id))


def failed(claim: Claim, error: str) -> Update:
    """Return the statement after which the work is given up."""
    return still_ours(claim).values(**FREE, state=DueState.FAILED, finished_at=database_now(), error=kept_error(error))


def again(claim: Claim, after: timedelta, *, error: str | None) -> Update:
    """Return the statement after which the work is due once more, since this attempt failed."""
    return still_ours(claim).values(**FREE, state=DueState.PENDING, due_at=database_now(after), error=kept_error(error))


def repeated(claim: Claim, after: timedelta, *, error: str | None = None) -> Update:
    """Return the statement after which work that repeats waits for its next time, however it went."""
    return again(claim, after, error=error).values(attempts=0, finished_at=database_now())


def kept_error(error: str | None) -> str | None:
    """Return what is stored of an error's text."""
    return text_to_keep(error)[:MAX_ERROR] if error else None
