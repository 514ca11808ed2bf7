"""Logs that grow: audit and errors by month, and the periodic jobs that look after them.

On PostgreSQL the logs are partitioned by their key, which carries its moment. All present rows go into the default
partition; housekeeping makes the months and moves the rows there.

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
KEPT = "guild_id, actor_id, actor_name, action, target_type, target_id, reason, details, correlation_id, created_at"
# A UUID of version 7 out of the moment and the number, which keeps the order of the rows.
POSTGRESQL_ID = """CAST(
    lpad(to_hex(CAST(floor(extract(epoch FROM created_at) * 1000) AS bigint)), 12, '0')
    || '70008' || lpad(to_hex(audit_id), 15, '0') AS uuid
)"""
SQLITE_ID = """printf(
    '%012x70008%015x',
    CAST(strftime('%s', created_at) AS INTEGER) * 1000 + CAST(substr(strftime('%f', created_at), 4) AS INTEGER),
    audit_id
)"""


def upgrade() -> None:
    _set_aside(["ix_audit_entry_actor", "ix_audit_entry_guild"])
    op.create_table(
        "audit_entry",
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        *_audit_columns(),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_entry")),
        postgresql_partition_by="RANGE (audit_id)",
    )
    op.create_index("ix_audit_entry_guild", "audit_entry", ["guild_id", "audit_id"])
    op.create_index("ix_audit_entry_action", "audit_entry", ["guild_id", "action", "audit_id"])
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor_id", "audit_id"])
    op.create_index("ix_audit_entry_target", "audit_entry", ["target_id", "audit_id"])
    _add_default_partition("audit_entry")
    _carry_over(f"INSERT INTO audit_entry (audit_id, {KEPT}) SELECT {_new_id()}, {KEPT} FROM audit_entry_before")

    op.create_table(
        "audit_day",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.CheckConstraint("entries > 0", name=op.f("ck_audit_day_entries_positive")),
        sa.PrimaryKeyConstraint("guild_id", "day", "action", name=op.f("pk_audit_day")),
    )
    op.create_index("ix_audit_day_day", "audit_day", ["day"])

    op.create_table(
        "error_event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("error_id", sa.String(length=64), nullable=False),
        sa.Column("correlation_id", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("error_type", sa.String(length=100), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("traceback", sa.String(length=8000), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_error_event_count_positive")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_error_event")),
        postgresql_partition_by="RANGE (event_id)",
    )
    op.create_index("ix_error_event_error_id", "error_event", ["error_id"])
    op.create_index("ix_error_event_guild", "error_event", ["guild_id", "event_id"])
    op.create_index("ix_error_event_user", "error_event", ["user_id", "event_id"])
    _add_default_partition("error_event")

    op.create_table(
        "housekeeping_job",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", DOCUMENT, nullable=False),
        sa.Column("error", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_housekeeping_job")),
    )


def downgrade() -> None:
    op.drop_table("housekeeping_job")
    # Their indexes and partitions go with the tables.
    op.drop_table("error_event")
    op.drop_table("audit_day")

    _set_aside([f"ix_audit_entry_{name}" for name in ("guild", "action", "actor", "target")])
    op.create_table(
        "audit_entry",
        sa.Column("audit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *_audit_columns(),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor_id", "audit_id"])
    op.create_index("ix_audit_entry_guild", "audit_entry", ["guild_id", "audit_id"])
    # The database gives the numbers anew, in the order of the keys.
    _carry_over(f"INSERT INTO audit_entry ({KEPT}) SELECT {KEPT} FROM audit_entry_before ORDER BY audit_id")


def _set_aside(indexes: list[str]) -> None:
    """Rename the old table, and free the names that the new one takes."""
    for index in indexes:
        op.drop_index(index, table_name="audit_entry")
    op.rename_table("audit_entry", "audit_entry_before")
    if _is_postgresql():
        op.execute("ALTER TABLE audit_entry_before DROP CONSTRAINT pk_audit_entry")


def _carry_over(statement: str) -> None:
    op.execute(statement)
    op.drop_table("audit_entry_before")


def _audit_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("target_type", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("details", DOCUMENT, nullable=False),
        sa.Column("correlation_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def _add_default_partition(table: str) -> None:
    if _is_postgresql():
        op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")


def _new_id() -> str:
    return POSTGRESQL_ID if _is_postgresql() else SQLITE_ID


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
