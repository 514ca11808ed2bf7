"""Inserts of many rows, and inserts that bear a row being there already, the same on PostgreSQL and SQLite.

Every row is validated like one that is made of its model, and keeps who made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.database.base import Base
from guildbase.database.rows.soft_delete import SoftDeleteMixin
from guildbase.database.rows.stamps import ACTOR, AuditMixin, TimestampMixin, VersionMixin, stamped
from guildbase.database.rows.validation import InvalidRow

CHUNK = 1000
"""Rows in one call to the driver. Each row is bound by itself, so no limit on parameters is met."""

_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_for(session: AsyncSession, model: type[Any] | Table) -> Any:
    """Return the dialect's INSERT for the model or its table, which knows ON CONFLICT."""
    return _INSERTS[session.get_bind().dialect.name](model)


async def insert_rows(session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert all rows; InvalidRow before any database work if one is wrong."""
    await _execute(session, insert(model.__table__), _checked(session, model, rows))


async def insert_missing(session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose key is not there yet; the others stay as they are."""
    checked = _checked(session, model, rows)
    await _execute(session, insert_for(session, model.__table__).on_conflict_do_nothing(), checked)


def upsert_statement(session: AsyncSession, model: type[Base], given: Mapping[str, Any], on: Sequence[str]) -> Any:
    """Return the INSERT of this row that changes the given fields of the one with the same key.

    `on` names the columns of the key, by default the primary one.

    Raises:
        InvalidRow: a value is wrong or missing.
        ValueError: `on` is no unique key of the table.
    """
    table = model.__table__
    key = list(on) or [column.key for column in table.primary_key.columns]
    where = _condition_of_key(table, key, session.get_bind().dialect.name)
    insertion = insert_for(session, model).values(_checked(session, model, [given])[0])
    changed = [name for name in given if name not in key] or key[:1]
    changes: dict[str, Any] = {name: insertion.excluded[name] for name in changed}
    if issubclass(model, TimestampMixin):
        changes.setdefault("updated_at", insertion.excluded.updated_at)
    if issubclass(model, AuditMixin) and session.info.get(ACTOR) is not None:
        changes["updated_by"] = insertion.excluded.updated_by
    if issubclass(model, VersionMixin):
        changes["version"] = table.c.version + 1
    if issubclass(model, SoftDeleteMixin):
        changes = {"deleted_at": None, "deleted_by": None, **changes}
    return insertion.on_conflict_do_update(index_elements=key, index_where=where, set_=changes)


def _checked(session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    actor = session.info.get(ACTOR)
    numbered = model.__table__.autoincrement_column
    checked = []
    for position, row in enumerate(rows):
        try:
            values = stamped(model, model.validated(row), actor)
        except InvalidRow as wrong:
            raise wrong if len(rows) == 1 else wrong.in_row(position) from None
        if numbered is not None and values[numbered.key] is None:
            del values[numbered.key]  # The database numbers it.
        checked.append(values)
    return checked


async def _execute(session: AsyncSession, statement: Any, rows: list[dict[str, Any]]) -> None:
    for first in range(0, len(rows), CHUNK):
        chunk = rows[first : first + CHUNK]
        await session.execute(statement, chunk if len(chunk) > 1 else chunk[0])


def _condition_of_key(table: Table, columns: list[str], dialect: str) -> Any:
    """Return the condition under which the key is unique, or None if it always is."""
    unique = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    indexes = [index for index in table.indexes if index.unique]
    keys: list[PrimaryKeyConstraint | UniqueConstraint | Index] = [table.primary_key, *unique, *indexes]
    for key in keys:
        if {column.key for column in key.columns} == set(columns):
            return key.dialect_options[dialect].get("where") if isinstance(key, Index) else None
    raise ValueError(f"{table.name} has no unique key of {', '.join(columns)}.")
