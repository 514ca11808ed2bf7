"""What makes a flush exact: the number that is stored with each batch, and the count of erasures.

The statements are text, because each flush runs one of them, and to build it takes longer than to run it.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.services.write_behind.models import ERASURES

_ROW = "INSERT INTO write_behind_mark (writer, number, changed_at) VALUES (:writer, :number, CURRENT_TIMESTAMP)"
_NOTE = text(
    f"{_ROW} ON CONFLICT (writer) DO UPDATE SET number = excluded.number, changed_at = excluded.changed_at"
    " WHERE write_behind_mark.number < excluded.number RETURNING number"
)
_COUNT = text(
    f"{_ROW} ON CONFLICT (writer) DO UPDATE SET number = write_behind_mark.number + 1, changed_at = excluded.changed_at"
)
_BEGIN = text(f"{_ROW} ON CONFLICT (writer) DO NOTHING")
_READ = "SELECT number FROM write_behind_mark WHERE writer = :writer"


async def is_first_time(session: AsyncSession, writer: str, number: int) -> bool:
    """Note in this transaction that the writer stores its batch of this number; False if it is stored already.

    If the answer to a commit was lost and that commit still goes on, this waits for its end.
    """
    return (await session.execute(_NOTE, {"writer": writer, "number": number})).first() is not None


async def erasures(session: AsyncSession, *, until_commit: bool = False) -> int | None:
    """Return how many erasures there were, and perhaps let none begin its last round before this transaction ends."""
    is_locking = until_commit and session.get_bind().dialect.name == "postgresql"
    asked = text(f"{_READ} FOR SHARE" if is_locking else _READ)
    return (await session.execute(asked, {"writer": ERASURES})).scalar()


async def begin_counting(session: AsyncSession) -> None:
    """Make the count of erasures, which can be locked once it is there."""
    await session.execute(_BEGIN, {"writer": ERASURES, "number": 0})


async def count_erasure(session: AsyncSession) -> None:
    """Count one more erasure, after every flush that is under way."""
    await session.execute(_COUNT, {"writer": ERASURES, "number": 1})
