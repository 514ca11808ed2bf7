"""Rows of web sessions for the tests of the store: a real table on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, MetaData, String, Table, Uuid, delete, insert, select, update
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.database.clock import database_now
from guildbase.database.manager import DatabaseManager
from guildbase.services.sessions import Reading, WebSession

ROWS = Table(
    "tried_session",
    MetaData(),
    Column("digest", String(64), primary_key=True),
    Column("session_id", Uuid(), nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("seen_at", UTCDateTime(), nullable=False),
)
SESSION = (ROWS.c.session_id, ROWS.c.user_id, ROWS.c.created_at, ROWS.c.seen_at)


class SessionRows:
    """The truth, and how often it was asked."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database
        self.reads = 0
        self.writes = 0

    async def create_table(self) -> None:
        """Make the table, once for each database."""
        async with self._database.engine.begin() as connection:
            await connection.run_sync(ROWS.metadata.create_all)

    async def insert(self, digest: str, session_id: UUID, user_id: int) -> WebSession:
        """Store a new session."""
        now = database_now()
        values = {"digest": digest, "session_id": session_id, "user_id": user_id, "created_at": now, "seen_at": now}
        [row] = await self._write(insert(ROWS).values(values).returning(*SESSION))
        return WebSession(*row)

    async def find(self, digest: str) -> Reading | None:
        """Return the session of the digest."""
        found = await self._read(ROWS.c.digest == digest)
        return found[0] if found else None

    async def of_user(self, user_id: int) -> Sequence[Reading]:
        """Return the sessions of the person."""
        return await self._read(ROWS.c.user_id == user_id)

    async def touch(self, digest: str, *, unless_within: float) -> None:
        """Note that the session was seen now."""
        is_old = ROWS.c.seen_at <= database_now(-timedelta(seconds=unless_within))
        touched = update(ROWS).where(ROWS.c.digest == digest, is_old).values(seen_at=database_now())
        rows = await self._write(touched.returning(ROWS.c.digest))
        self.writes += len(rows)

    async def replace(self, digest: str, new: str) -> bool:
        """Give the session another digest."""
        replaced = update(ROWS).where(ROWS.c.digest == digest).values(digest=new, seen_at=database_now())
        return bool(await self._write(replaced.returning(ROWS.c.digest)))

    async def remove(self, user_id: int, session_id: UUID | None = None) -> Sequence[str]:
        """Remove this session of the person, or all."""
        removed = delete(ROWS).where(ROWS.c.user_id == user_id)
        if session_id is not None:
            removed = removed.where(ROWS.c.session_id == session_id)
        return [row.digest for row in await self._write(removed.returning(ROWS.c.digest))]

    async def _read(self, condition: Any) -> list[Reading]:
        self.reads += 1
        async with self._database.read_session(fresh=True) as session:
            rows = (await session.execute(select(*SESSION, database_now().label("now")).where(condition))).all()
        return [Reading(WebSession(*row[:4]), row.now) for row in rows]

    async def _write(self, statement: Any) -> list[Any]:
        async with self._database.transaction() as work:
            return list((await work.session.execute(statement)).all())
