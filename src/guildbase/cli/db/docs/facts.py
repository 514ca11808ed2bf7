"""What the models say about tables: who owns them, what their columns mean, and their types on both databases."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlalchemy import Enum as SAEnum
from sqlalchemy.dialects import postgresql, sqlite

from guildbase.core.registry import FeatureRegistry
from guildbase.database.base import Base
from guildbase.services.tables import all_tables

PLATFORM = "services"
"""The owner of tables that no feature has."""
_SHORT = {
    "BIGINT": "bigint", "TIMESTAMP WITH TIME ZONE": "timestamptz", "DOUBLE PRECISION": "double", "VARCHAR": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Described:
    """One table with its model, if it has one, and the name of the feature that owns it."""

    table: Table
    model: type[Base] | None
    owner: str

    @property
    def text(self) -> str:
        """What the table is for, in the words of the model."""
        return inspect.cleandoc(self.model.__doc__ or "") if self.model is not None else ""

    @property
    def meanings(self) -> dict[str, str]:
        """What single columns mean, by name: the text below the field in the model, or the column's comment."""
        found = {column.name: column.comment for column in self.table.columns if column.comment}
        for kind in reversed(self.model.__mro__ if self.model is not None else ()):
            if kind.__module__.startswith(("pydantic", "sqlmodel", "sqlalchemy", "builtins", "typing")):
                continue
            found |= dict(_texts_below_fields(kind))
        return found

    @property
    def foreign_keys(self) -> list[ForeignKeyConstraint]:
        """The foreign keys, in the order of their names."""
        return sorted(self.table.foreign_key_constraints, key=lambda it: str(it.name))

    @property
    def checks(self) -> list[CheckConstraint]:
        """The checks that the model declares; those of enums on SQLite go without saying."""
        found = [it for it in self.table.constraints if isinstance(it, CheckConstraint) and not _is_of_enum(it)]
        return sorted(found, key=lambda it: str(it.name))

    @property
    def uniques(self) -> list[UniqueConstraint]:
        """The unique constraints, in the order of their names."""
        found = [it for it in self.table.constraints if isinstance(it, UniqueConstraint)]
        return sorted(found, key=lambda it: str(it.name))

    @property
    def indexes(self) -> list[Index]:
        """The indexes, in the order of their names."""
        return sorted(self.table.indexes, key=lambda it: str(it.name))


def describe(registry: FeatureRegistry) -> list[Described]:
    """Return all tables, by owner and name; those of the services come last."""
    tables = all_tables(registry)  # This imports the models.
    models = {mapper.local_table: mapper.class_ for mapper in Base._sa_registry.mappers}  # noqa: SLF001
    packages = {feature.package: name for name, feature in registry.features.items()}
    found = []
    for table in tables:
        model = models.get(table)
        package = model.__module__.rpartition(".")[0] if model is not None else ""
        found.append(Described(table, model, packages.get(package, PLATFORM)))
    return sorted(found, key=lambda it: (it.owner == PLATFORM, it.owner, it.table.name))


def types_of(column: Column[Any]) -> tuple[str, str]:
    """Return the column's type on PostgreSQL and on SQLite."""
    dialects: tuple[Any, Any] = (postgresql, sqlite)
    on_postgresql, on_sqlite = (column.type.compile(dialect=kind.dialect()).lower() for kind in dialects)
    return on_postgresql, on_sqlite


def short_type(column: Column[Any]) -> str:
    """Return the column's type on PostgreSQL in one short word."""
    name = types_of(column)[0]
    for long, short in _SHORT.items():
        name = name.replace(long.lower(), short)
    return name.replace("(", " ").replace(")", "")


def default_of(column: Column[Any]) -> str:
    """Return what the column gets when nothing is given: by the model, by the database, or both."""
    given = []
    if column.server_default is not None:
        value = getattr(column.server_default, "arg", "")
        given.append(f"{value} (database)")
    default: Any = column.default
    if default is not None and default.is_callable:
        name = getattr(default.arg, "__name__", "")
        given.append({"list": "[]", "dict": "{}"}.get(name, f"{name}()"))
    elif default is not None and default.is_scalar:
        value = default.arg.value if isinstance(default.arg, Enum) else default.arg
        given.append(repr(value))
    return ", ".join(given)


def enums_of(tables: list[Described]) -> dict[str, SAEnum]:
    """Return the enums of all columns by name."""
    types = (column.type for one in tables for column in one.table.columns)
    return {str(kind.name): kind for kind in types if isinstance(kind, SAEnum)}


def condition_of(index: Index) -> str:
    """Return the condition of a partial index, or an empty text."""
    found = index.dialect_options["postgresql"]["where"]
    return "" if found is None else str(found)


def _is_of_enum(check: CheckConstraint) -> bool:
    return bool(getattr(check, "_type_bound", False))


def _texts_below_fields(kind: type) -> Iterator[tuple[str, str]]:
    try:
        source = textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):
        return
    body = ast.parse(source).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for field, below in pairwise(statements):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                yield name, inspect.cleandoc(words)
