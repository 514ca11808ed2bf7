"""Finds rows that nothing holds any more: their parent is gone, or nobody refers to the person whom they stand for.

Foreign keys prevent the first kind. It comes from a restore without its constraints, or from a SQLite file that
another program changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, ForeignKeyConstraint, Table, and_, delete, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.database.manager import DatabaseManager
from guildbase.database.types import KEPT_IF_REFERRED_TO
from guildbase.database.unit_of_work import UnitOfWork

BATCH = 1000
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Orphans:
    """Rows of one table that miss the same thing."""

    table: str
    missing: str
    """Name of the parent table, or "" for rows that nobody refers to."""
    count: int
    examples: tuple[tuple[Any, ...], ...]
    """Keys of the first few."""


@dataclass(frozen=True, slots=True)
class Link:
    """What keeps a table's rows, and the condition under which one is an orphan."""

    table: Table
    missing: str
    condition: ColumnElement[bool]

    @property
    def key(self) -> list[Column[Any]]:
        """The columns that tell rows apart."""
        return list(self.table.primary_key.columns)


def links(tables: Iterable[Table]) -> Iterator[Link]:
    """Return every way in which rows can be orphans; parents come before their children."""
    known = list(tables)
    for table in known:
        for constraint in sorted(table.foreign_key_constraints, key=lambda one: str(one.name)):
            yield Link(table, constraint.referred_table.name, _has_no_parent(constraint))
    for table in known:
        if table.info.get(KEPT_IF_REFERRED_TO):
            yield Link(table, "", _is_referred_to_by_none(table, known))


async def find_orphans(database: DatabaseManager, tables: Iterable[Table]) -> list[Orphans]:
    """Count the orphans of every table and name a few of each."""
    async with database.read_session(fresh=True) as session:
        found = [await _counted(session, link) for link in links(tables)]
    return [orphans for orphans in found if orphans.count]


async def delete_orphans(database: DatabaseManager, tables: Iterable[Table]) -> dict[str, int]:
    """Delete all orphans, in short transactions, and return how many rows of each table went.

    Children of a deleted row go with it by their foreign keys, or as orphans themselves, because they come later.
    """
    gone: dict[str, int] = {}
    for link in links(tables):
        while count := await database.run(lambda work, link=link: _delete_batch(work, link)):  # type: ignore[misc]
            gone[link.table.name] = gone.get(link.table.name, 0) + count
    return gone


async def _counted(session: AsyncSession, link: Link) -> Orphans:
    counting = select(func.count()).select_from(link.table).where(link.condition)
    count = int((await session.execute(counting)).scalar_one())
    first = select(*link.key).where(link.condition).order_by(*link.key).limit(EXAMPLES)
    examples = tuple(tuple(row) for row in await session.execute(first)) if count else ()
    return Orphans(link.table.name, link.missing, count, examples)


async def _delete_batch(work: UnitOfWork, link: Link) -> int:
    """Delete some rows by their keys; the condition is asked again, because a parent may have come meanwhile."""
    first = select(*link.key).where(link.condition).order_by(*link.key).limit(BATCH)
    keys = [tuple(row) for row in await work.session.execute(first)]
    if not keys:
        return 0
    chosen = tuple_(*link.key).in_(keys)
    deleted: Any = await work.session.execute(delete(link.table).where(chosen, link.condition))
    return int(deleted.rowcount)


def _has_no_parent(constraint: ForeignKeyConstraint) -> ColumnElement[bool]:
    """Hold for rows whose key is complete (a NULL in it points nowhere on purpose) and leads to no row."""
    parent = constraint.referred_table.alias()
    pairs = [(element.parent, parent.c[element.column.name]) for element in constraint.elements]
    is_complete = and_(*(child.is_not(None) for child, _ in pairs))
    return and_(is_complete, ~exists().where(*(child == column for child, column in pairs)))


def _is_referred_to_by_none(table: Table, tables: list[Table]) -> ColumnElement[bool]:
    referring = [
        ~exists().where(*(element.parent == element.column for element in constraint.elements))
        for child in tables
        for constraint in child.foreign_key_constraints
        if constraint.referred_table is table
    ]
    return and_(*referring)
