"""Operations for the patterns that most revisions repeat; each works on both databases and has a way back."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from guildbase.database.migrations.enums import sync_enum

__all__ = [
    "add_soft_delete",
    "audit_columns",
    "create_guild_table",
    "create_partial_unique",
    "drop_soft_delete",
    "soft_delete_columns",
    "sync_enum",
    "timestamps",
]
_LIVE = "deleted_at IS NULL"


def timestamps() -> list[sa.Column[object]]:
    """Return the columns of `TimestampMixin`."""
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def audit_columns() -> list[sa.Column[object]]:
    """Return the columns of `AuditMixin`."""
    return [sa.Column(name, sa.BigInteger(), nullable=True) for name in ("created_by", "updated_by")]


def soft_delete_columns() -> list[sa.Column[object]]:
    """Return the columns of `SoftDeleteMixin`."""
    return [
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.BigInteger(), nullable=True),
    ]


def create_guild_table(name: str, *columns: sa.schema.SchemaItem, key: Sequence[str] = ()) -> None:
    """Create a table whose rows belong to a guild and go with it; its key is the guild's id and then `key`.

    The way back is `op.drop_table(name)`.
    """
    guild = sa.ForeignKeyConstraint(
        ["guild_id"], ["guild.guild_id"], name=op.f(f"fk_{name}_guild_id_guild"), ondelete="CASCADE"
    )
    primary_key = sa.PrimaryKeyConstraint("guild_id", *key, name=op.f(f"pk_{name}"))
    guild_id = sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False)
    op.create_table(name, guild_id, *columns, guild, primary_key)


def create_partial_unique(name: str, table: str, columns: Sequence[str], *, where: str = _LIVE) -> None:
    """Let no two rows that meet the condition share the columns; by default, rows that are not soft-deleted.

    The way back is `op.drop_index(name, table_name=table)`.
    """
    condition = sa.text(where)
    op.create_index(name, table, list(columns), unique=True, postgresql_where=condition, sqlite_where=condition)


def add_soft_delete(table: str) -> None:
    """Add the columns of `SoftDeleteMixin`; no row is deleted by it. The way back is `drop_soft_delete`."""
    for column in soft_delete_columns():
        op.add_column(table, column)


def drop_soft_delete(table: str) -> None:
    """Remove the columns of `SoftDeleteMixin`, and the deleted rows: without their mark they would be live again."""
    rows = sa.table(table, sa.column("deleted_at"))
    op.execute(rows.delete().where(rows.c.deleted_at.is_not(None)))
    with op.batch_alter_table(table) as batch:
        for column in reversed(soft_delete_columns()):
            batch.drop_column(column.name)
