"""Checks for revisions, ours and yours: they go up, down and up again with rows in every table, and lose none.

Give each function the address of an empty database; run them on SQLite and on PostgreSQL.

    async def test_my_revisions(empty_database_url):
        registry = FeatureRegistry.discover()
        await asyncio.to_thread(assert_revisions_reversible, empty_database_url, registry)
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guildbase.core.registry import FeatureRegistry
from guildbase.database.connections.address import parse_url
from guildbase.database.migrations import enums_sqlite
from guildbase.database.migrations.compare import partitions_in
from guildbase.database.migrations.connection import migrating
from guildbase.database.schema.drift import drift
from guildbase.database.schema.migrate import Patience, downgrade, upgrade
from guildbase.database.schema.revision import branches

Fill = Callable[[Connection], None]
Rows = dict[str, dict[str, list[Any]]]

_VERSIONS = "alembic_version"
_MOMENT = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)


def assert_revisions_reversible(
    url: str,
    registry: FeatureRegistry | None = None,
    *,
    feature: str | None = None,
    fill: Fill | None = None,
    relabelled: Collection[str] = (),
) -> list[str]:
    """Take every revision up, down and up again over rows in every table; return the revisions.

    A column that stays must keep its values, each revision must end in the same schema both times, and the way down
    must lead to the schema from before. `feature` is the one whose revisions are walked, with all others in place; by
    default all are. `fill` adds rows where `fill_every_table` cannot know what is allowed.

    Raises:
        AssertionError: a row changed or a schema differs; the text names the revision, tables and columns.
    """
    lines = [branch for branch in branches(registry) if feature in (None, branch.feature)]
    if feature is not None:
        upgrade(url, registry=registry)
        downgrade(url, f"{feature}@base", registry=registry)
    steps = [(branch, place) for branch in lines for place in range(len(branch.revisions))]
    for branch, place in steps:
        revision = branch.revisions[place]
        below = branch.revisions[place - 1] if place else f"{branch.feature}@base" if branch.feature else "base"
        before = _look(url, fill or fill_every_table)
        upgrade(url, revision, registry=registry)
        above = _look(url, lambda _: None)
        _assert_rows_stay(before, above, f"{revision} upwards")
        above = _look(url, fill or fill_every_table)
        downgrade(url, below, registry=registry)
        again = _look(url, lambda _: None)
        _assert_same_schema(before[0], again[0], f"{revision} downwards")
        _assert_rows_stay(above, again, f"{revision} downwards", relabelled)
        upgrade(url, revision, registry=registry)
        _assert_same_schema(above[0], _look(url, lambda _: None)[0], f"{revision} the second time")
    return [branch.revisions[place] for branch, place in steps]


def assert_models_match(url: str, metadata: sa.MetaData, registry: FeatureRegistry | None = None) -> None:
    """Check that the migrated database is what the models say, the labels of every enum included."""
    differences = drift(url, metadata, registry)
    assert not differences, "; ".join(differences)  # noqa: S101 - a check for tests.


def assert_enum_change(
    url: str, revision: str, column: str, mapping: Mapping[str, str], registry: FeatureRegistry | None = None
) -> None:
    """Take a revision up and down over a row with every label; `column` is `table.column`.

    Upwards each label must become what `mapping` says, or stay.
    """
    branch = next(found for found in branches(registry) if revision in found.revisions)
    place = branch.revisions.index(revision)
    if place:
        upgrade(url, branch.revisions[place - 1], registry=registry)
    table, _, name = column.partition(".")
    with _connected(url) as connection:
        fill_every_table(connection)
        before = _values(connection, table, name)
    upgrade(url, revision, registry=registry)
    with _connected(url) as connection:
        found, wanted = _values(connection, table, name), sorted(mapping.get(label, label) for label in before)
    assert found == wanted, f"{column} holds {found}, not {wanted}"  # noqa: S101 - a check for tests.
    downgrade(url, branch.revisions[place - 1] if place else f"{branch.feature}@base", registry=registry)


def fill_every_table(connection: Connection) -> None:
    """Give every table rows with the keys 1, 2, 3 and so on, at least as many as the longest enum has labels.

    Equal numbers make foreign keys fit. A table that has rows already gets those that it lacks.
    """
    metadata = sa.MetaData()
    away = {_VERSIONS, *partitions_in(connection)}
    metadata.reflect(connection, only=lambda name, _: name not in away)
    labels = {
        (table.name, column.name): _labels(connection, column)
        for table in metadata.sorted_tables
        for column in table.columns
    }
    count = max([3, *(len(found) for found in labels.values())])
    for table in metadata.sorted_tables:
        filled = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for number in range(filled + 1, count + 1):
            row = {column.name: _value(column, number, labels[table.name, column.name]) for column in table.columns}
            connection.execute(table.insert().values(row))


def schema_of(connection: Connection) -> dict[str, Any]:
    """Return all about the tables and enums in a form that can be compared."""
    inspector = sa.inspect(connection)
    away = partitions_in(connection)
    keys, indexes = inspector.get_multi_pk_constraint(), inspector.get_multi_indexes()
    foreign, unique = inspector.get_multi_foreign_keys(), inspector.get_multi_unique_constraints()
    checks = inspector.get_multi_check_constraints()
    schema: dict[str, Any] = {
        table[1]: {
            "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in columns],
            "key": keys[table],
            # A partial index holds its condition as an object that equals nothing but itself.
            "indexes": sorted(
                (str(i["name"]), i["column_names"], i["unique"], [*map(str, i.get("dialect_options", {}).values())])
                for i in indexes[table]
            ),
            "foreign keys": sorted(foreign[table], key=str),
            "unique keys": sorted(unique[table], key=str),
            "checks": sorted(checks[table], key=str),
        }
        for table, columns in inspector.get_multi_columns().items()
        if table[1] not in away
    }
    if connection.dialect.name == "postgresql":
        schema["enums"] = inspector.get_enums()  # type: ignore[attr-defined]
    return schema


def _look(url: str, fill: Fill) -> tuple[dict[str, Any], Rows]:
    with _connected(url) as connection:
        fill(connection)
        connection.commit()
        schema = schema_of(connection)
        return schema, _rows(connection, schema)


def _rows(connection: Connection, schema: dict[str, Any]) -> Rows:
    """Return every column's values; plain statements, because reflecting and compiling takes ten times as long."""
    quoted = connection.dialect.identifier_preparer.quote
    return {
        table: _columns(connection.exec_driver_sql(f"SELECT * FROM {quoted(table)}"), told["columns"])  # noqa: S608
        for table, told in schema.items()
        if table not in ("enums", _VERSIONS)
    }


def _columns(result: sa.CursorResult[Any], columns: list[tuple[Any, ...]]) -> dict[str, list[str]]:
    names, rows = list(result.keys()), result.all()
    types = {name: kind for name, kind, *_ in columns}
    return {f"{name} {types[name]}": sorted(str(row[place]) for row in rows) for place, name in enumerate(names)}


def _assert_rows_stay(
    before: tuple[Any, Rows], after: tuple[Any, Rows], where: str, but_for: Collection[str] = ()
) -> None:
    """Compare columns that are there before and after, with the same type."""
    lost = [
        f"{table}.{column}"
        for table, columns in before[1].items()
        for column, values in columns.items()
        if after[1].get(table, {}).get(column, values) != values
        and f"{table}.{column.partition(' ')[0]}" not in but_for
    ]
    assert not lost, f"{where}: rows changed in {', '.join(lost)}"  # noqa: S101 - a check for tests.


def _assert_same_schema(wanted: dict[str, Any], found: dict[str, Any], where: str) -> None:
    different = [
        f"{name}: {wanted.get(name)} became {found.get(name)}"
        for name in sorted({*wanted, *found} - {_VERSIONS})
        if wanted.get(name) != found.get(name)
    ]
    assert not different, f"{where}: {'; '.join(different)}"  # noqa: S101 - a check for tests.


def _values(connection: Connection, table: str, column: str) -> list[str]:
    found = sa.table(table, sa.column(column))
    return sorted(map(str, connection.scalars(sa.select(sa.cast(found.c[column], sa.String)))))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    with migrating(parse_url(url), Patience()) as connection:
        yield connection
        connection.commit()


def _labels(connection: Connection, column: sa.Column[Any]) -> list[str]:
    if isinstance(column.type, sa.Enum):
        return list(column.type.enums)
    if connection.dialect.name == "sqlite":
        return enums_sqlite.labels(enums_sqlite.definition_of(connection, column.table.name), column.name) or []
    return []


def _value(column: sa.Column[Any], number: int, labels: Iterable[str]) -> Any:
    if labels := list(labels):
        return labels[(number - 1) % len(labels)]
    values: list[tuple[Any, Any]] = [
        (sa.Boolean, number % 2 == 0),
        (sa.Integer, number),
        (sa.Numeric, number),
        (sa.DateTime, _MOMENT + dt.timedelta(days=number)),
        (sa.Date, _MOMENT.date() + dt.timedelta(days=number)),
        (sa.JSON, {"number": number}),
        (sa.Uuid, uuid.UUID(int=number)),
        (sa.LargeBinary, bytes([number])),
        (sa.String, str(number)),
    ]
    for kind, value in values:
        if isinstance(column.type, kind):
            return value
    raise TypeError(f"{column} has the type {column.type}, which needs a `fill` of yours.")
