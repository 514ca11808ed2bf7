"""Makes valid rows of any model: a test names only the values that it is about.

Every other required value is derived from the column: its type, its length, its enum, its checks in the model.
A row that a foreign key points to is made too, unless it is there. The same seed makes the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from sqlalchemy import Column, ForeignKeyConstraint, Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.inspection import inspect
from sqlalchemy.orm import Mapper

from guildbase.core.registry import FeatureRegistry
from guildbase.database.base import Base
from guildbase.database.mixins import SoftDeleteMixin
from guildbase.database.rows.validation import InvalidRow
from guildbase.services.tables import all_tables
from guildbase.testing.values import NO_VALUE, Values

ModelT = TypeVar("ModelT", bound=Base)
Choose = Callable[[Column[Any]], Any]
"""Returns the value of a column, or NO_VALUE to leave it to the factory."""


class CannotMake(Exception):
    """The factory finds no value that the model takes; the text names the field to give."""


class Factory:
    """Makes rows in a session and flushes them; it never commits.

    `seed` may be a stream of values that other factories use too. `choose` is asked first for every column that is
    filled, for example to plant the same id everywhere.
    """

    def __init__(self, session: AsyncSession, *, seed: int | Values = 0, choose: Choose | None = None) -> None:
        self.session = session
        self._values = seed if isinstance(seed, Values) else Values(seed)
        self._choose: Choose = choose or (lambda _column: NO_VALUE)
        self._making: list[Table] = []

    async def make(self, model: type[ModelT], **given: Any) -> ModelT:
        """Store a row of the model with the given values, the model's defaults and made-up values for the rest."""
        return await self._make(model, given, complete=False)

    async def make_complete(self, model: type[ModelT], **given: Any) -> ModelT:
        """Store a row in which optional and empty columns have a value too; the row is not softly deleted."""
        return await self._make(model, given, complete=True)

    async def fill(self, table: Table) -> None:
        """Store one complete row in the table, whether a model stands for it or not."""
        model = model_of(table)
        if model is not None:
            await self.make_complete(model)
        else:
            await self._insert(table, {})

    async def _make(self, model: type[ModelT], given: Mapping[str, Any], *, complete: bool) -> ModelT:
        mapper = cast("Mapper[ModelT]", inspect(model))
        table = cast("Table", mapper.local_table)
        values = {**await self._foreign_keys(table, given, complete=complete), **given}
        for attribute in mapper.column_attrs:
            column = attribute.columns[0]
            if attribute.key not in values and isinstance(column, Column) and _is_wanted(model, column, complete):
                values[attribute.key] = self._value(column, model)
        try:
            row = model(**values)
        except InvalidRow as error:
            raise CannotMake(f"{error.message} Give the value: make({model.__name__}, ...).") from error
        self.session.add(row)
        await self.session.flush()
        return row

    async def _insert(self, table: Table, given: Mapping[str, Any]) -> None:
        values = {**await self._foreign_keys(table, given, complete=True), **given}
        for column in table.columns:
            if column.name not in values and not _is_filled_by_database(column):
                values[column.name] = self._value(column, None)
        await self.session.execute(insert(table).values(values))

    async def _foreign_keys(self, table: Table, given: Mapping[str, Any], *, complete: bool) -> dict[str, Any]:
        """Return the columns that point to other rows, which are made where they are missing."""
        found: dict[str, Any] = {}
        self._making.append(table)
        for constraint in sorted(table.foreign_key_constraints, key=lambda it: str(it.name)):
            known = {**found, **given}
            if self._is_needed(constraint, known, complete=complete):
                found |= await self._parent(constraint, known)
        self._making.pop()
        return found

    def _is_needed(self, constraint: ForeignKeyConstraint, known: Mapping[str, Any], *, complete: bool) -> bool:
        own = list(constraint.columns)
        if any(column.name in known and known[column.name] is None for column in own):
            return False
        if all(column.name in known for column in own) or not any(column.nullable for column in own):
            return True
        # Rows that point at each other in a circle begin with one that points nowhere.
        return complete and constraint.referred_table not in self._making

    async def _parent(self, constraint: ForeignKeyConstraint, known: Mapping[str, Any]) -> dict[str, Any]:
        table = constraint.referred_table
        pairs = [(element.parent.name, element.column) for element in constraint.elements]
        key = {column.name: known[own] for own, column in pairs if own in known}
        for own, column in pairs:
            if own not in known and (chosen := self._choose(constraint.table.c[own])) is not NO_VALUE:
                key[column.name] = chosen
        if len(key) == len(pairs):
            there = select(table).where(*(column == key[column.name] for _, column in pairs))
            if (await self.session.execute(there.limit(1))).first() is not None:
                return {own: key[column.name] for own, column in pairs}
        model = model_of(table)
        if model is None:
            raise CannotMake(f"{table.name} has no model, so its rows must be there before.")
        row = await self._make(model, key, complete=False)
        return {own: getattr(row, column.name) for own, column in pairs}

    def _value(self, column: Column[Any], model: type[Base] | None) -> Any:
        if (chosen := self._choose(column)) is not NO_VALUE:
            return chosen
        field = model.model_fields.get(column.name) if model is not None else None
        value = self._values.of(column, field)
        if value is NO_VALUE:
            raise CannotMake(f"No value found for {column}. Give it: make(..., {column.name}=...).")
        return value


async def fill_every_table(
    session: AsyncSession, registry: FeatureRegistry, *, rows: int = 1, seed: int = 0, choose: Choose | None = None
) -> dict[str, int]:
    """Store so many complete rows in every table of all features; return the number of rows per table by name."""
    factory = Factory(session, seed=seed, choose=choose)
    tables = all_tables(registry)
    for table in tables:
        for _ in range(rows):
            await factory.fill(table)
    return {table.name: await _count(session, table) for table in tables}


def model_of(table: Table) -> type[Base] | None:
    """Return the model whose rows the table holds, or None for a table without one."""
    return next((model for model in _models(Base) if inspect(model).local_table is table), None)


def _models(base: type[Base]) -> Iterator[type[Base]]:
    """Yield all table models, also those of a base with tables of its own."""
    for model in base.__subclasses__():
        if inspect(model, raiseerr=False) is not None:
            yield model
        yield from _models(model)


def _is_wanted(model: type[Base], column: Column[Any], complete: bool) -> bool:
    """Tell whether the factory fills the column: it must be filled, or the row is to be complete and it is empty."""
    field = model.model_fields.get(column.name)
    if field is None:
        return False
    if field.is_required():
        return True
    if _is_filled_by_database(column):
        return False
    is_empty = field.get_default(call_default_factory=True, validated_data={}) in (None, "", {}, [])
    # A row that is softly deleted would not be found by the test that asked for it.
    is_deletion = issubclass(model, SoftDeleteMixin) and column.name in SoftDeleteMixin.model_fields
    return complete and is_empty and not is_deletion and not column.foreign_keys


def _is_filled_by_database(column: Column[Any]) -> bool:
    is_numbered = column.table.autoincrement_column is column
    return is_numbered or column.computed is not None or (column.server_default is not None and column.primary_key)


async def _count(session: AsyncSession, table: Table) -> int:
    return int((await session.execute(select(func.count()).select_from(table))).scalar_one())
