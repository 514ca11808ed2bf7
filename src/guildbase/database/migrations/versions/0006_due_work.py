"""Work that is due at a time; the periodic jobs become rows of it.

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
STATES = ("pending", "running", "done", "failed", "cancelled")
INDEXES = (
    ("ix_due_work_pending", ["due_at", "work_id"], False, "state = 'pending'"),
    ("ix_due_work_running", ["lease_until"], False, "state = 'running'"),
    ("ix_due_work_failed", ["finished_at"], False, "state = 'failed'"),
    ("uq_due_work_unique_key", ["unique_key"], True, "unique_key IS NOT NULL AND state IN ('pending', 'running')"),
)


def upgrade() -> None:
    sa.Enum(*STATES, name="due_state").create(op.get_bind())
    op.create_table(
        "due_work",
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("payload", DOCUMENT, nullable=False),
        sa.Column("unique_key", sa.String(length=200), nullable=True),
        sa.Column(
            "state",
            postgresql.ENUM(*STATES, name="due_state", create_constraint=True, length=32, create_type=False),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("attempts >= 0 AND version >= 0", name=op.f("ck_due_work_counts")),
        sa.PrimaryKeyConstraint("work_id", name=op.f("pk_due_work")),
    )
    for name, columns, is_unique, where in INDEXES:
        condition = sa.text(where)
        op.create_index(name, "due_work", columns, unique=is_unique, postgresql_where=condition, sqlite_where=condition)
    # Every job is due at once when a process first finds no row of it, which all of them bear.
    op.drop_table("housekeeping_job")


def downgrade() -> None:
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
    op.drop_table("due_work")
    sa.Enum(*STATES, name="due_state").drop(op.get_bind())
