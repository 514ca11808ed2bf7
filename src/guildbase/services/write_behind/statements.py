"""How a batch is stored: sums in one statement of arrays and log rows by COPY; on SQLite, one prepared row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from guildbase.core.errors import InvalidInput
from guildbase.database.connections.failures import unavailable
from guildbase.database.rows.copying import prepared
from guildbase.services.write_behind.declared import Shape, shape_of

ROW_STATES = ("22", "23")
"""Begin PostgreSQL's codes for a value that does not fit, and for a broken constraint."""

Values = list[Sequence[Any]]


class Statement:
    """Stores rows of one table, whose values stand in the order of these columns."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self._table = table
        self._columns = columns
        self._insert = f"INSERT INTO {table.name} ({', '.join(columns)})"
        self._is_adding_up = shape_of(table) is Shape.SUMS

    async def run(self, connection: AsyncConnection, rows: Sequence[Sequence[Any]]) -> None:
        """Store the rows in the connection's transaction, which has begun.

        Raises:
            InvalidInput, IntegrityError: one of the rows cannot be stored.
            DatabaseUnavailable: the database cannot be reached, or something is in the way.
        """
        values = list(prepared(connection, self._table, self._columns, rows))
        if connection.dialect.name != "postgresql":
            marks = ", ".join("?" * len(self._columns))
            await connection.exec_driver_sql(f"{self._insert} VALUES ({marks}){self._added_up()}", values)
        elif self._is_adding_up:
            # One parameter a column costs a fifth of one a value.
            arrays = tuple(zip(*values, strict=True))
            await connection.exec_driver_sql(f"{self._insert} {self._unnested()}{self._added_up()}", arrays)
        else:
            await self._copy(connection, values)

    async def _copy(self, connection: AsyncConnection, values: Values) -> None:
        from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped]

        driver: Any = (await connection.get_raw_connection()).driver_connection
        try:
            await driver.copy_records_to_table(self._table.name, records=values, columns=self._columns)
        except (PostgresError, InterfaceError, OSError) as error:
            if (getattr(error, "sqlstate", None) or "").startswith(ROW_STATES):
                raise InvalidInput("A row does not fit its table.") from error
            driver.terminate()  # Perhaps the server is silent, and to roll back would wait for it once more.
            await connection.invalidate(error)
            raise unavailable(connection.engine.url, error) from error

    def _unnested(self) -> str:
        dialect: Any = postgresql.dialect()  # type: ignore[no-untyped-call]
        types = [self._table.c[name].type.compile(dialect=dialect) for name in self._columns]
        parameters = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 1))
        return f"SELECT * FROM unnest({parameters})"  # noqa: S608 - types of our own columns.

    def _added_up(self) -> str:
        if not self._is_adding_up:
            return ""
        key, name = list(self._table.primary_key.columns.keys()), self._table.name
        sums = ", ".join(f"{one} = {name}.{one} + excluded.{one}" for one in self._columns if one not in key)
        return f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sums}"
