"""Stores many rows at once, by COPY on PostgreSQL and by one prepared INSERT on SQLite; models are not asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel.sql.sqltypes import UTCDateTime

BATCH = 10_000
"""Rows sent at once: some megabytes, and well within the time-out of a statement."""


async def copy_rows(
    session: AsyncSession, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> AsyncIterator[int]:
    """Store the rows, whose values stand in the order of the columns, and yield how many each batch had.

    They are part of the session's transaction. The values must be valid.
    """
    connection = await session.connection()
    send = _sender(connection, table, columns)
    # The driver's own commands do not begin a transaction, as SQLAlchemy's do.
    await connection.execute(text("SELECT 1"))
    source = iter(prepared(connection, table, columns, rows))
    while batch := list(islice(source, BATCH)):
        await send(batch)
        yield len(batch)


def _sender(connection: AsyncConnection, table: Table, columns: Sequence[str]) -> Callable[[list[Any]], Any]:
    if connection.dialect.name == "postgresql":

        async def copy(batch: list[Any]) -> None:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.copy_records_to_table(table.name, records=batch, columns=columns)

        return copy
    marks, names = ", ".join("?" * len(columns)), ", ".join(columns)
    insert = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own tables.
    return lambda batch: connection.exec_driver_sql(insert, batch)


def prepared(
    connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterable[Sequence[Any]]:
    """Give each value the form that the driver takes, such as the text of a document or of an enum's member."""
    dialect = connection.dialect
    kinds = [table.c[name].type for name in columns]
    takes_moments = dialect.name == "postgresql"
    found = [
        (place, kind.dialect_impl(dialect).bind_processor(dialect))
        for place, kind in enumerate(kinds)
        if not (takes_moments and isinstance(kind, UTCDateTime))
    ]
    converters = [(place, convert) for place, convert in found if convert is not None]
    if not converters:
        return rows

    def converted(row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, convert in converters:
            values[place] = convert(values[place])
        return tuple(values)

    return map(converted, rows)
