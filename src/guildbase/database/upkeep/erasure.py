"""What erasing a person or a guild does to the tables, derived from the columns' policies.

The work is a list of steps, each done in batches. A batch treats rows that are not treated yet, so it may be
repeated: after a crash the work begins with the step that it was at.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Select,
    Table,
    Text,
    cast,
    delete,
    func,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.errors import Conflict
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import (
    Treatment,
    cleared_with,
    is_text,
    person_columns,
    policy_of,
    searched_columns,
    treatment_of,
)
from guildbase.database.rows.keyset import key_of, key_value, page_after

BATCH = 1_000
"""Rows that one transaction treats."""
WINDOW = 10_000
"""Rows that one transaction searches for an id in their texts."""
SCRUB_PATIENCE = 1_000
"""Milliseconds to wait for others before a file is rewritten; it can as well be done later."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data it is about: the id, and the number that takes its place."""

    id: int
    pseudonym: int

    def mention(self) -> re.Pattern[str]:
        """Return what finds the id, and not a longer number with it inside, in a text."""
        return re.compile(rf"(?<![0-9]){self.id}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction did: how many rows, and where the next one goes on (None at the step's end)."""

    rows: int
    after: tuple[Any, ...] | None


class Step(Protocol):
    """A part of the work: one treatment of one table."""

    @property
    def name(self) -> str:
        """The table and what is done to its rows, for people."""
        ...

    async def treat(self, session: AsyncSession, subject: Subject, after: tuple[Any, ...]) -> Batch:
        """Treat the next rows in this transaction; `after` is empty at first, then what the last batch returned."""
        ...

    async def count(self, session: AsyncSession, subject: Subject) -> int:
        """Return how many rows are to be treated, without touching them."""
        ...


@dataclass(frozen=True, slots=True)
class DeleteRows:
    """Removes the rows that have the id in a column."""

    column: Column[Any]

    @property
    def name(self) -> str:
        """The table and what is done to its rows."""
        return f"{self.column.table.name}: deleted"

    async def treat(self, session: AsyncSession, subject: Subject, after: tuple[Any, ...]) -> Batch:
        """Remove the next rows."""
        table = self.column.table
        return await _run(session, delete(table).where(_next_rows(table, self.column == subject.id)))

    async def count(self, session: AsyncSession, subject: Subject) -> int:
        """Return how many rows go."""
        return await _count(session, self.column.table, self.column == subject.id)


@dataclass(frozen=True, slots=True)
class ReplaceId:
    """Puts the pseudonym into a column with the id, and empties what is about that person in the same rows."""

    column: Column[Any]

    @property
    def name(self) -> str:
        """The table and what is done to its rows."""
        return f"{self.column.table.name}: {'cleared' if self._is_kept else 'pseudonymised'} by {self.column.name}"

    @property
    def _is_kept(self) -> bool:
        return treatment_of(self.column) is Treatment.KEEP

    def _untreated(self, subject: Subject) -> ColumnElement[bool]:
        mine: ColumnElement[bool] = self.column == subject.id
        if not self._is_kept:
            return mine
        return mine & or_(*(_is_filled(column) for column in cleared_with(self.column)))

    async def treat(self, session: AsyncSession, subject: Subject, after: tuple[Any, ...]) -> Batch:
        """Treat the next rows."""
        table = self.column.table
        values = {column: _emptied(column) for column in cleared_with(self.column)}
        if not self._is_kept:
            values[self.column] = subject.pseudonym
        return await _run(session, update(table).where(_next_rows(table, self._untreated(subject))).values(values))

    async def count(self, session: AsyncSession, subject: Subject) -> int:
        """Return how many rows change."""
        return await _count(session, self.column.table, self._untreated(subject))


@dataclass(frozen=True, slots=True)
class RemoveMentions:
    """Finds the id inside texts and documents: the row goes, the text is emptied, or the id becomes the pseudonym."""

    table: Table
    columns: tuple[Column[Any], ...]

    @property
    def name(self) -> str:
        """The table and what is done to its rows."""
        return f"{self.table.name}: mentions removed"

    async def treat(self, session: AsyncSession, subject: Subject, after: tuple[Any, ...]) -> Batch:
        """Search and treat the next window of rows."""
        until = await _end_of_window(session, self.table, after)
        rows = 0
        for row in await self._mentioning(session, subject, after, until, is_locked=True):
            await session.execute(self._treatment(row, subject))
            rows += 1
        return Batch(rows, until)

    async def count(self, session: AsyncSession, subject: Subject) -> int:
        """Return how many rows mention the id."""
        rows = 0
        after: tuple[Any, ...] = ()
        while True:
            until = await _end_of_window(session, self.table, after)
            rows += len(await self._mentioning(session, subject, after, until))
            if until is None:
                return rows
            after = until

    async def _mentioning(
        self,
        session: AsyncSession,
        subject: Subject,
        after: tuple[Any, ...],
        until: tuple[Any, ...] | None,
        *,
        is_locked: bool = False,
    ) -> list[Mapping[str, Any]]:
        found = page_after(select(*self.table.primary_key, *self.columns), self.table, after)
        if until is not None:
            found = found.where(key_of(self.table) <= key_value(self.table, until))
        found = found.where(or_(*(mentions(column, subject.id) for column in self.columns)))
        rows = (await session.execute(found.with_for_update() if is_locked else found)).mappings()
        exact = subject.mention()
        return [dict(row) for row in rows if any(exact.search(_as_text(row[column.name])) for column in self.columns)]

    def _treatment(self, row: Mapping[str, Any], subject: Subject) -> Any:
        this_row = [column == row[column.name] for column in self.table.primary_key]
        exact = subject.mention()
        hit = [column for column in self.columns if exact.search(_as_text(row[column.name]))]
        if any(treatment_of(column) is Treatment.DELETE_ROW for column in hit):
            return delete(self.table).where(*this_row)
        values = {column.name: _without_mention(column, row[column.name], subject) for column in hit}
        return update(self.table).where(*this_row).values(values)


def person_steps(tables: Sequence[Table]) -> list[Step]:
    """Return what erases a person: rows that go, children first; then ids and names; then mentions of the id."""
    steps: list[Step] = []
    for table in reversed(tables):
        ids = [column for column in person_columns(table) if treatment_of(column) is Treatment.DELETE_ROW]
        steps += [DeleteRows(column) for column in ids]
    for table in tables:
        steps += [ReplaceId(column) for column in person_columns(table) if _changes(column)]
    steps += [RemoveMentions(table, tuple(found)) for table in tables if (found := searched_columns(table))]
    return steps


def guild_steps(tables: Iterable[Table]) -> list[Step]:
    """Return what erases a guild: every row with its id, children first; a table that keeps guilds is left alone."""
    columns = [table.c["guild_id"] for table in tables if "guild_id" in table.c]
    return [DeleteRows(column) for column in reversed(columns) if treatment_of(column) is not Treatment.KEEP]


def mentions(column: Column[Any], wanted: int) -> ColumnElement[bool]:
    """Return the condition that the digits of the id stand in the text; they may also be part of a longer number."""
    return cast(column, Text).contains(str(wanted), autoescape=True)


def ids_in_texts(row: Mapping[str, Any], columns: Iterable[Column[Any]]) -> Iterator[int]:
    """Yield every number in the texts that could be an id."""
    for column in columns:
        yield from map(int, re.findall(r"(?<![0-9])[0-9]{7,19}(?![0-9])", _as_text(row[column.name])))


def _changes(column: Column[Any]) -> bool:
    treatment = treatment_of(column)
    return treatment is Treatment.PSEUDONYMISE or (treatment is Treatment.KEEP and bool(cleared_with(column)))


def _next_rows(table: Table, untreated: ColumnElement[bool]) -> ColumnElement[bool]:
    key = list(table.primary_key)
    keys: Select[Any] = select(*key).where(untreated).limit(BATCH)
    return key[0].in_(keys) if len(key) == 1 else tuple_(*key).in_(keys)


async def _run(session: AsyncSession, statement: Any) -> Batch:
    result = await session.execute(statement)
    rows = result.rowcount if isinstance(result, CursorResult) else 0
    return Batch(rows, () if rows >= BATCH else None)


async def _count(session: AsyncSession, table: Table, condition: ColumnElement[bool]) -> int:
    return int((await session.execute(select(func.count()).select_from(table).where(condition))).scalar_one())


async def _end_of_window(session: AsyncSession, table: Table, after: tuple[Any, ...]) -> tuple[Any, ...] | None:
    bound = page_after(select(*table.primary_key), table, after).offset(WINDOW - 1).limit(1)
    row = (await session.execute(bound)).first()
    return None if row is None else tuple(row)


def _emptied(column: Column[Any]) -> Any:
    if column.nullable:
        return null()
    return {} if isinstance(column.type, JSON) else ""


def _is_filled(column: Column[Any]) -> ColumnElement[bool]:
    if column.nullable or not is_text(column):
        return column.is_not(None)
    return cast(column, Text) != ("{}" if isinstance(column.type, JSON) else "")


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value).decode()


def _without_mention(column: Column[Any], value: Any, subject: Subject) -> Any:
    """Return the text without the id; what is about whoever stands in it is emptied as a whole."""
    policy = policy_of(column)
    if policy is not None and policy.of is None:
        return _emptied(column)
    replaced = subject.mention().sub(str(subject.pseudonym), _as_text(value))
    if not isinstance(column.type, JSON):
        return replaced[: getattr(column.type, "length", None)]
    return orjson.loads(replaced)


async def scrub(database: DatabaseManager) -> None:
    """Rewrite a SQLite file without what was deleted; PostgreSQL clears its own pages and dumps no deleted rows.

    Raises:
        Conflict: other connections are at work; try again later.
    """
    if not database.is_sqlite:
        return
    async with database.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute_fetchall(f"PRAGMA busy_timeout = {SCRUB_PATIENCE}")
        try:
            await driver.execute("VACUUM")
            # The log still holds the old pages until it is cut.
            [(is_busy, _, _)] = await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:
            raise _busy(str(error)) from error
        finally:
            await connection.invalidate()  # Nobody else is to have its patience.
    if is_busy:
        raise _busy("a reader holds the log")


def _busy(reason: str) -> Conflict:
    return Conflict(
        f"The database file could not be rewritten: {reason}.", hint="Repeat it when there is less to do or more room."
    )
