"""What differs between the schema that a database has and the one that the models say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic_postgresql_enum.operations.add_enum_values import AddEnumValuesOp
from alembic_postgresql_enum.operations.sync_enum_values import SyncEnumValuesOp
from sqlalchemy import MetaData, Table
from sqlalchemy.engine import Connection

from guildbase.core.registry import FeatureRegistry
from guildbase.database.connections.address import parse_url
from guildbase.database.migrations import compare, enums_sqlite
from guildbase.database.migrations.connection import migrating
from guildbase.database.schema.migrate import Patience
from guildbase.database.schema.revision import absent, branches, feature_of, read_revisions

_LABELS = {AddEnumValuesOp.operation_name, SyncEnumValuesOp.operation_name}  # We compare them ourselves, on both.
_SENTENCES = {
    "add_table": "table {0} is missing",
    "remove_table": "table {0} is in no model",
    "create_enum": "enum {0} is missing",
    "add_column": "column {1}.{2.name} is missing",
    "remove_column": "column {1}.{2.name} is in no model",
    "add_index": "index {0.name} of {0.table} is missing",
    "remove_index": "index {0.name} of {0.table} is in no model",
    "add_constraint": "constraint {0.name} of {0.table} is missing",
    "remove_constraint": "constraint {0.name} of {0.table} is in no model",
    "add_fk": "foreign key {0.name} of {0.table} is missing",
    "remove_fk": "foreign key {0.name} of {0.table} is in no model",
    "modify_type": "column {1}.{2} is {4}, the models say {5}",
    "modify_nullable": "column {1}.{2} may be empty: {4}, the models say {5}",
    "modify_default": "column {1}.{2} has another default than the models say",
}


def drift(url: str, metadata: MetaData, registry: FeatureRegistry | None = None) -> list[str]:
    """Return one sentence for each difference; tables of features that are not installed are no difference.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    with migrating(parse_url(url), Patience()) as connection:
        away = [feature_of(revision) or "" for revision in absent(read_revisions(connection), branches(registry))]
        context = MigrationContext.configure(connection, opts=compare.options(connection, away))
        found = [_sentence(item, connection) for item in _flat(compare_metadata(context, metadata))]
        found += _beyond_alembic(connection, metadata)
        return sorted({*found, *_labels_of_types(connection, metadata)})


def _flat(differences: list[Any]) -> Iterator[tuple[Any, ...]]:
    for difference in differences:
        # Changes of one column come as a list of their own.
        for item in difference if isinstance(difference, list) else [difference]:
            if item[0] not in _LABELS:
                yield item


def _sentence(difference: tuple[Any, ...], connection: Connection) -> str:
    kind, *details = difference
    if kind == "modify_type":
        # A type names itself as it is called elsewhere: JSONB would be JSON.
        details[4:] = [found.compile(dialect=connection.dialect) for found in details[4:]]
    if kind in _SENTENCES:
        # Schema and existing attributes are given in between for columns.
        return _SENTENCES[kind].format(*details)
    return f"{kind.replace('_', ' ')}: {details[0]}"


def _beyond_alembic(connection: Connection, metadata: MetaData) -> Iterator[str]:
    """Yield what Alembic does not look at: primary keys, checks, conditions of indexes, labels on SQLite."""
    inspector = sa.inspect(connection)
    keys, checks, indexes = (
        {name: found for (_, name), found in details.items()}
        for details in (
            inspector.get_multi_pk_constraint(),
            inspector.get_multi_check_constraints(),
            inspector.get_multi_indexes(),
        )
    )
    for table in metadata.tables.values():
        if table.name in keys:
            yield from _key_differs(table, keys[table.name])
            yield from _checks_differ(connection, table, checks[table.name])
            yield from _conditions_differ(table, indexes[table.name])
            if connection.dialect.name == "sqlite":
                yield from _labels_of_checks(connection, table)


def _key_differs(table: Table, found: Any) -> Iterator[str]:
    key, wanted = found["constrained_columns"], [column.name for column in table.primary_key]
    if list(key) != wanted:
        yield f"the key of {table.name} is ({', '.join(key)}), the models say ({', '.join(wanted)})"


def _checks_differ(connection: Connection, table: Table, found: Any) -> Iterator[str]:
    checks = {str(check["name"]) for check in found}
    said = {str(c.name) for c in table.constraints if isinstance(c, sa.CheckConstraint) and _is_made(c, connection)}
    yield from (f"check {name} of {table.name} is missing" for name in said - checks)
    yield from (f"check {name} of {table.name} is in no model" for name in checks - said)


def _conditions_differ(table: Table, found: Any) -> Iterator[str]:
    partial = {index["name"]: _condition(index.get("dialect_options", {})) for index in found}
    for index in table.indexes:
        is_partial = _condition(index.dialect_kwargs)
        if partial.get(index.name, is_partial) != is_partial:
            yield f"index {index.name} of {table.name} has {'no' if is_partial else 'a'} condition, unlike the models"


def _is_made(check: sa.CheckConstraint, connection: Connection) -> bool:
    """Tell whether the database has this check: where an enum is a type of its own, it needs none."""
    return not (connection.dialect.name == "postgresql" and getattr(check, "_type_bound", False))


def _condition(details: Any) -> bool:
    return any(value is not None for name, value in details.items() if str(name).endswith("_where"))


def _labels_of_checks(connection: Connection, table: Table) -> Iterator[str]:
    definition = enums_sqlite.definition_of(connection, table.name)
    for column in table.columns:
        if isinstance(column.type, sa.Enum) and column.type.create_constraint:
            found = enums_sqlite.labels(definition, column.name)
            if found != list(column.type.enums):
                listed = ", ".join(found or ["anything"])
                yield f"{table.name}.{column.name} allows {listed}, the models say {', '.join(column.type.enums)}"


def _labels_of_types(connection: Connection, metadata: MetaData) -> Iterator[str]:
    if connection.dialect.name != "postgresql":
        return
    types = {kind["name"]: kind["labels"] for kind in sa.inspect(connection).get_enums()}  # type: ignore[attr-defined]
    for kind in {c.type for t in metadata.tables.values() for c in t.columns if isinstance(c.type, sa.Enum)}:
        found = types.get(kind.name)
        if found is not None and found != list(kind.enums):
            yield f"enum {kind.name} has {', '.join(found)}, the models say {', '.join(kind.enums)}"
