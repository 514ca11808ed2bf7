"""Pages by key: the next page begins after the last row of this one, however many rows came or went meanwhile.

A cursor says where a page ended. Whoever changes one gets another place in the same list, or a clear refusal;
what the list may hold is decided by its conditions alone.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic_core import to_jsonable_python
from sqlalchemy import JSON, ColumnElement, Enum, and_, literal, or_, tuple_
from sqlalchemy.orm import Mapped
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import UnaryExpression

from guildbase.core.errors import InvalidInput
from guildbase.database.base import Base

RowT = TypeVar("RowT")
Order = ColumnElement[Any] | Mapped[Any]
"""A column of the model, or its `.asc()` or `.desc()`."""
MAX_CURSOR = 2000  # characters


class BadCursor(InvalidInput):
    """The cursor was not made by this list, or was changed."""

    code = "bad_cursor"

    def __init__(self) -> None:
        super().__init__("The cursor does not belong to this list.", hint="Begin again at the first page.")


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Some rows of a list in its order."""

    rows: list[RowT]
    next: str | None
    """The cursor to ask for the next page with; None on the last one."""


class Keyset:
    """The order of a list, made complete by the primary key so that no two rows are equal in it.

    Raises:
        ValueError: one cannot page by this; a column may be empty, or the databases would order it differently.
    """

    def __init__(self, model: type[Base], order_by: Sequence[Order]) -> None:
        self._model = model
        self._descending = {_name_of(model, item): _is_descending(item) for item in order_by}
        last = next(reversed(self._descending.values()), False)
        for column in model.__table__.primary_key.columns:
            self._descending.setdefault(column.key, last)

    @property
    def order_by(self) -> list[ColumnElement[Any]]:
        """What the statement is to be ordered by."""
        return [
            self._column(name).desc() if descending else self._column(name).asc()
            for name, descending in self._descending.items()
        ]

    def cursor(self, row: Base) -> str:
        """Return the cursor of the page that ends with the row."""
        values = [to_jsonable_python(getattr(row, name)) for name in self._descending]
        packed = json.dumps([self._signature(), *values], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    def after(self, cursor: str) -> ColumnElement[bool]:
        """Return the condition of the rows that come after the cursor; raise BadCursor if it is none of this list."""
        values = self._read(cursor)
        columns = {name: self._column(name) for name in self._descending}
        bound = {name: literal(values[name], column.type) for name, column in columns.items()}
        directions = set(self._descending.values())
        if len(directions) == 1:  # Both databases walk an index along one comparison of tuples.
            here, there = tuple_(*columns.values()), tuple_(*bound.values())
            return here < there if directions.pop() else here > there
        steps: list[ColumnElement[bool]] = []
        equal: list[ColumnElement[bool]] = []
        for name, descending in self._descending.items():
            beyond = columns[name] < bound[name] if descending else columns[name] > bound[name]
            steps.append(and_(*equal, beyond))
            equal.append(columns[name] == bound[name])
        return or_(*steps)

    def _read(self, cursor: str) -> dict[str, Any]:
        try:
            if len(cursor) > MAX_CURSOR:
                raise BadCursor
            signature, *values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
            if signature != self._signature() or None in values:
                raise BadCursor
            return self._model.validated_change(dict(zip(self._descending, values, strict=True)))
        except (ValueError, TypeError, RecursionError, binascii.Error, InvalidInput):
            raise BadCursor from None

    def _signature(self) -> int:
        return zlib.crc32(f"{self._model.__table__.name}:{self._descending}".encode())

    def _column(self, name: str) -> ColumnElement[Any]:
        column: ColumnElement[Any] = getattr(self._model, name)
        return column


def _is_descending(item: Order) -> bool:
    return isinstance(item, UnaryExpression) and item.modifier is operators.desc_op


def _name_of(model: type[Base], item: Order) -> str:
    named = item.element if isinstance(item, UnaryExpression) else item
    column = model.__table__.columns.get(getattr(named, "key", None) or "")
    if column is None or getattr(named, "table", None) != model.__table__:
        raise ValueError(f"Lists of {model.__name__} are paged by its own columns, not by {item}.")
    if column.nullable:
        raise ValueError(f"{column} may be empty, so a list cannot be paged by it.")
    if isinstance(column.type, JSON | Enum):
        raise ValueError(f"The databases order {column} differently, so a list cannot be paged by it.")
    return column.key
