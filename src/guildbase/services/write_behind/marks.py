"""What makes a flush exact: the number that is stored with each batch, and the count of erasures."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from guildbase.database.clock import database_now
from guildbase.database.rows.upsert import insert_for
from guildbase.services.write_behind.models import ERASURES, WriteBehindMark

_COUNTED = select(WriteBehindMark.number).where(col(WriteBehindMark.writer) == ERASURES)


async def is_first_time(session: AsyncSession, writer: str, number: int) -> bool:
    """Note in this transaction that the writer stores its batch of this number; False if it is stored already.

    If the answer to a commit was lost and that commit still goes on, this waits for its end.
    """
    row = insert_for(session, WriteBehindMark).values(writer=writer, number=number, changed_at=database_now())
    noted = row.on_conflict_do_update(
        index_elements=["writer"],
        set_={"number": row.excluded.number, "changed_at": row.excluded.changed_at},
        where=col(WriteBehindMark.number) < row.excluded.number,
    )
    return (await session.execute(noted.returning(col(WriteBehindMark.number)))).first() is not None


async def erasures(session: AsyncSession) -> int | None:
    """Return how many erasures there were."""
    return (await session.execute(_COUNTED)).scalar()


async def erasures_until_commit(session: AsyncSession) -> int | None:
    """Return how many erasures there were, and let none begin its last round before this transaction ends."""
    return (await session.execute(_COUNTED.with_for_update(read=True))).scalar()


async def begin_counting(session: AsyncSession) -> None:
    """Make the count of erasures, which can be locked once it is there."""
    row = insert_for(session, WriteBehindMark).values(writer=ERASURES, number=0, changed_at=database_now())
    await session.execute(row.on_conflict_do_nothing())


async def count_erasure(session: AsyncSession) -> None:
    """Count one more erasure, after every flush that is under way."""
    row = insert_for(session, WriteBehindMark).values(writer=ERASURES, number=1, changed_at=database_now())
    counted = row.on_conflict_do_update(
        index_elements=["writer"],
        set_={"number": col(WriteBehindMark.number) + 1, "changed_at": row.excluded.changed_at},
    )
    await session.execute(counted)
