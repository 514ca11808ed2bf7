"""INSERTs that are part of a larger statement of PostgreSQL: one row, if another part of it found or wrote one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, FromClause, Table, bindparam, literal, select

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert


def insert_from(model: Any, source: ColumnElement[bool] | FromClause, /, **values: Any) -> Insert:
    """Return the INSERT of one row: for the one row of the source, or because the condition holds."""
    from sqlalchemy.dialects.postgresql import insert

    table: Table = model.__table__
    row = select(*(_typed(value, table.c[name].type) for name, value in values.items()))
    row = row.select_from(source) if isinstance(source, FromClause) else row.where(source)
    return insert(table).from_select(list(values), row, include_defaults=False)


def _typed(value: Any, column_type: Any) -> ColumnElement[Any]:
    """Give a parameter or a constant the type of the column that it goes to."""
    if not isinstance(value, ColumnElement):
        return literal(value, column_type)
    return bindparam(value.key, type_=column_type) if value.__visit_name__ == "bindparam" else value
