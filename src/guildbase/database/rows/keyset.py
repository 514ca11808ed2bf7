"""Reading a whole table in pages, in the order of its key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from sqlalchemy import Select, Table, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

PAGE = 500


def key_of(table: Table) -> Any:
    """Return the table's key as one value that can be compared with `key_value`."""
    return tuple_(*table.primary_key)


def key_value(table: Table, values: tuple[Any, ...]) -> Any:
    """Return the values of a key as one, with the types of the columns."""
    return tuple_(*(literal(value, column.type) for value, column in zip(values, table.primary_key, strict=True)))


def page_after(statement: Select[Any], table: Table, after: tuple[Any, ...]) -> Select[Any]:
    """Return the statement for the rows whose key is greater, in the order of the key; () is before the first."""
    ordered = statement.order_by(*table.primary_key)
    return ordered.where(key_of(table) > key_value(table, after)) if after else ordered


async def pages(
    session: AsyncSession, table: Table, statement: Select[Any], *, size: int = PAGE
) -> AsyncIterator[list[Mapping[str, Any]]]:
    """Yield the statement's rows page by page; it must select the table's key."""
    after: tuple[Any, ...] = ()
    while True:
        found = (await session.execute(page_after(statement, table, after).limit(size))).mappings().all()
        if found:
            yield [dict(row) for row in found]
        if len(found) < size:
            return
        after = tuple(found[-1][column.name] for column in table.primary_key)
