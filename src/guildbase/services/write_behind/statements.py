"""The one statement that stores a batch: arrays on PostgreSQL, one prepared row after another on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from guildbase.database.rows.copying import prepared
from guildbase.services.write_behind.declared import Shape, shape_of


class Statement:
    """Stores rows of one table, whose values stand in the order of its columns."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self._table = table
        self._columns = columns
        names = ", ".join(columns)
        self._insert = f"INSERT INTO {table.name} ({names})"
        self._conflict = _added_up(table, columns) if shape_of(table) is Shape.SUMS else ""

    async def run(self, connection: AsyncConnection, rows: Sequence[Sequence[Any]]) -> None:
        """Store the rows in the connection's transaction."""
        values = list(prepared(connection, self._table, self._columns, rows))
        if connection.dialect.name == "postgresql":
            # One parameter a column, which costs a fifth of one a value.
            arrays = tuple(zip(*values, strict=True))
            await connection.exec_driver_sql(f"{self._insert} {self._unnested()} {self._conflict}", arrays)
        else:
            marks = ", ".join("?" * len(self._columns))
            await connection.exec_driver_sql(f"{self._insert} VALUES ({marks}) {self._conflict}", values)

    def _unnested(self) -> str:
        dialect: Any = postgresql.dialect()  # type: ignore[no-untyped-call]
        types = [self._table.c[name].type.compile(dialect=dialect) for name in self._columns]
        parameters = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 1))
        return f"SELECT * FROM unnest({parameters})"  # noqa: S608 - types of our own columns.


def _added_up(table: Table, columns: Sequence[str]) -> str:
    key = list(table.primary_key.columns.keys())
    sums = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in columns if name not in key)
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sums}"
