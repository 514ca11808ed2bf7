"""How the schema of a database is compared with the models, and how the difference is written as a revision."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any, Literal

import alembic_postgresql_enum
import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.ddl.sqlite import SQLiteImpl
from alembic.operations.batch import BatchOperationsImpl
from alembic.operations.ops import CreateTableOp, DropTableOp, MigrationScript
from alembic_postgresql_enum.operations.add_enum_values import AddEnumValuesOp
from alembic_postgresql_enum.operations.sync_enum_values import SyncEnumValuesOp
from sqlalchemy.engine import Connection
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from guildbase.database.encryption import EncryptedText
from guildbase.database.migrations.enum_change import PLACEHOLDER

_PARTITIONS = sa.text("SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid")
_VERSION_LENGTH = 64  # A feature's name may have 40 characters, and Alembic's own column has 32.

# An unused type may belong to a feature that is not here.
alembic_postgresql_enum.set_configuration(alembic_postgresql_enum.Config(add_type_ignore=True, drop_unused_enums=False))
# It warns at every comparison on SQLite, where we compare labels ourselves.
logging.getLogger("alembic.alembic_postgresql_enum.compare_dispatch").setLevel(logging.ERROR)


class RoomyPostgresql(PostgresqlImpl):
    """PostgreSQL, with room for the long names of features' revisions."""

    __dialect__ = "postgresql"

    def version_table_impl(self, **options: Any) -> sa.Table:
        """Return the table that holds the newest revision of every line."""
        table = super().version_table_impl(**options)
        table.c.version_num.type = sa.String(_VERSION_LENGTH)
        return table


class TidySqlite(SQLiteImpl):
    """SQLite, where the CHECK of an enum goes with its column: PostgreSQL has none that a revision could drop."""

    __dialect__ = "sqlite"

    def requires_recreate_in_batch(self, batch_op: BatchOperationsImpl) -> bool:
        """Tell whether the table must be built anew; on the way, let go of checks whose column is dropped."""
        if gone := [arguments[1].name for name, arguments, _ in batch_op.batch if name == "drop_column"]:
            table = batch_op.table_name
            checks = {check["name"] for check in sa.inspect(self.connection).get_check_constraints(table)}
            names = checks & {f"ck_{table}_{column}" for column in gone}
            batch_op.batch[:0] = [("drop_constraint", (sa.CheckConstraint("", name=name),), {}) for name in names]
        return super().requires_recreate_in_batch(batch_op)


def options(connection: Connection | None, features: Collection[str] = (), only: str | None = None) -> dict[str, Any]:
    """Return what Alembic needs to compare.

    Tables of `features`, which begin with the feature's name, are left out. `only` is the one feature to compare, or
    an empty text for ours alone.
    """
    partitions = set() if connection is None else partitions_in(connection)

    def include_object(_item: Any, name: str | None, kind: str, is_reflected: bool, _other: Any) -> bool:
        if kind != "table" or name is None:
            return True
        if is_reflected and name in partitions:
            return False
        owner = owner_of(name, features)
        return owner is None if only is None else (owner or "") == only

    return {
        "compare_type": True,
        "compare_server_default": True,
        "include_object": include_object,
        "process_revision_directives": _forget_notes,
        "render_as_batch": True,
        "render_item": render_item,
    }


def _forget_notes(_context: Any, _revision: Any, directives: list[MigrationScript]) -> None:
    """Leave out the `info` of tables: it is ours and not the database's."""
    for script in directives:
        for side in (*script.upgrade_ops_list, *script.downgrade_ops_list):
            for operation in side.ops:
                if isinstance(operation, CreateTableOp | DropTableOp):
                    operation.info = {}


def partitions_in(connection: Connection) -> set[str]:
    """Return the names of tables that are parts of another one; models know only the whole."""
    if connection.dialect.name != "postgresql":
        return set()
    return set(connection.scalars(_PARTITIONS))


def owner_of(table: str, features: Collection[str]) -> str | None:
    """Return the feature whose name the table begins with, the longest if several fit, or None if it is ours."""
    fitting = [name for name in features if table == name or table.startswith(f"{name}_")]
    return max(fitting, key=len, default=None)


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Keep revisions free of SQLModel's types, and valid on both databases."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        length = item.impl_instance.length  # type: ignore[attr-defined]
        return f"sa.String(length={length})" if length else "sa.String()"
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.LargeBinary()"
    is_now = isinstance(item, sa.DefaultClause) and isinstance(item.arg, sa.sql.functions.now)
    if kind == "server_default" and is_now:
        return "sa.func.now()"
    return False


@renderers.dispatch_for(AddEnumValuesOp, replace=True)
@renderers.dispatch_for(SyncEnumValuesOp, replace=True)
def render_sync_enum(context: AutogenContext, change: AddEnumValuesOp | SyncEnumValuesOp) -> str:
    """Write a change of labels as one call of our own operation, with the decisions that it leaves to the author."""
    context.imports.add("from guildbase.database.migrations.operations import sync_enum")
    columns = [(used.table_name, used.column_name) for used in change.affected_columns]
    gone = {label: PLACEHOLDER for label in change.old_values if label not in change.new_values}
    mapping = f", mapping={gone!r}" if gone else ""
    return (
        f"sync_enum({change.name!r}, old={list(change.old_values)!r}, new={list(change.new_values)!r},"
        f" columns={columns!r}{mapping})"
    )
