"""The rows of logins, which are the truth about them, and what people are shown of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, bindparam, delete, insert, select, update
from sqlmodel import col

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.settings import Settings
from guildbase.database.clock import database_now, prebuilt_now
from guildbase.database.connections.prebuilt import PrebuiltRead
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.accounts.models import MAX_ADDRESS, SecurityEvent, WebSessionRow, WebUser
from guildbase.services.controller import BaseController
from guildbase.services.sessions import Reading, WebSession

ROW = WebSessionRow
SESSION = (col(ROW.session_id), col(ROW.user_id), col(ROW.created_at), col(ROW.seen_at))
READING = select(*SESSION, prebuilt_now().label("now"))
_OF_DIGEST = PrebuiltRead(
    READING.add_columns(col(WebUser.username))
    .join(WebUser, col(WebUser.user_id) == col(ROW.user_id))
    .where(col(ROW.digest) == bindparam("digest", type_=String), col(WebUser.is_active))
)
"""Prebuilt, and with the person in the same statement: each request of a browser that may change something runs it."""


class SessionController(BaseController):
    """Implements `SessionTruth`; everybody else asks the `SessionStore`."""

    async def insert(self, digest: str, session_id: UUID, user_id: int) -> WebSession:
        """Store a new session that was created and seen now."""
        now = database_now()
        values = {"digest": digest, "session_id": session_id, "user_id": user_id, "created_at": now, "seen_at": now}
        statement = insert(ROW).values(**values, browser="").returning(*SESSION)

        async def store(work: UnitOfWork) -> WebSession:
            return WebSession(*(await work.session.execute(statement)).one())

        return await self.run(SYSTEM, store)

    async def find(self, digest: str) -> Reading | None:
        """Return the session of the digest, whether it has expired or not; None if its person may not sign in."""
        row = await _OF_DIGEST.run(self.services.get(DatabaseManager), digest=digest, ahead=clock.ahead)
        return None if row is None else _reading(row)

    async def of_user(self, user_id: int) -> Sequence[Reading]:
        """Return the sessions of the person, whether they have expired or not."""
        async with self.reading() as session:
            rows = await session.execute(READING.where(col(ROW.user_id) == user_id), {"ahead": clock.ahead})
            return [_reading(row) for row in rows]

    async def touch(self, digest: str, *, unless_within: float) -> None:
        """Note that the session was seen now, unless that was noted within the last so many seconds."""
        is_old = col(ROW.seen_at) <= database_now(-timedelta(seconds=unless_within))
        await self._write(update(ROW).where(col(ROW.digest) == digest, is_old).values(seen_at=database_now()))

    async def replace(self, digest: str, new: str) -> bool:
        """Give the session another digest, and note that it was seen now; False if there is none of the old one."""
        changed = update(ROW).where(col(ROW.digest) == digest).values(digest=new, seen_at=database_now())
        return bool(await self._write(changed))

    async def remove(self, user_id: int, session_id: UUID | None = None) -> Sequence[str]:
        """Remove this session of the person, or all; return the digests of what was removed."""
        removed = delete(ROW).where(col(ROW.user_id) == user_id)
        if session_id is not None:
            removed = removed.where(col(ROW.session_id) == session_id)
        return await self._write(removed, AuditRecord("accounts.session_ended", target_type="user", target_id=user_id))

    async def describe(self, session: WebSession, *, address: str, browser: str) -> None:
        """Note where the session began, so that its person can tell it from others."""
        row = update(ROW).where(col(ROW.session_id) == session.session_id)
        await self._write(row.values(address=address[:MAX_ADDRESS] or None, browser=browser))

    async def described(self, user_id: int) -> Mapping[UUID, WebSessionRow]:
        """Return the rows of the person's sessions, by session."""
        async with self.reading() as session:
            rows = (await session.execute(select(ROW).where(col(ROW.user_id) == user_id))).scalars()
            return {row.session_id: row for row in rows}

    async def forget_addresses(self) -> int:
        """Empty the addresses that have had their term; return how many."""
        before = utcnow() - timedelta(days=self.services.get(Settings).address_retention_days)
        forgotten = 0

        async def forget(work: UnitOfWork) -> int:
            cleared = 0
            for model in (ROW, SecurityEvent):
                is_old = (col(model.created_at) < before, col(model.address).is_not(None))
                result = await work.session.execute(update(model).where(*is_old).values(address=None))
                cleared += result.rowcount  # type: ignore[attr-defined]
            return cleared

        forgotten += await self.run(Caller(name="housekeeping", is_system=True), forget)
        return forgotten

    async def _write(self, statement: Any, record: AuditRecord | None = None) -> list[str]:
        async def write(work: UnitOfWork) -> list[str]:
            digests = list((await work.session.execute(statement.returning(col(ROW.digest)))).scalars())
            if record is not None and digests:
                await self.audit(work, record)
            return digests

        return await self.run(SYSTEM, write)


def _reading(row: Sequence[Any]) -> Reading:
    return Reading(WebSession(*row[:4], *row[5:]), row[4])
