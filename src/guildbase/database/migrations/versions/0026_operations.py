"""What the operator looks back on.

Revision 0026, after 0025.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

HAPPENING = "shard_happening"
HAPPENINGS = ("ready", "resumed", "disconnected")


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    sa.Enum(*HAPPENINGS, name=HAPPENING).create(op.get_bind())
    happening = postgresql.ENUM(*HAPPENINGS, name=HAPPENING, create_constraint=True, length=32, create_type=False)
    op.create_table(
        "shard_sample",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        _moment("minute"),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
        sa.Column("guilds", sa.Integer(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "shard >= 0 AND guilds >= 0 AND latency_ms >= 0", name=op.f("ck_shard_sample_figures_not_negative")
        ),
        sa.PrimaryKeyConstraint("shard", "minute", name=op.f("pk_shard_sample")),
    )
    op.create_index("ix_shard_sample_minute", "shard_sample", ["minute"])
    op.create_table(
        "shard_event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("happening", happening, nullable=False),
        sa.Column("process", sa.String(length=40), nullable=False),
        _moment("happened_at"),
        sa.CheckConstraint("shard >= 0", name=op.f("ck_shard_event_shard_not_negative")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_shard_event")),
    )
    op.create_index("ix_shard_event_shard", "shard_event", ["shard", "event_id"])
    op.create_index("ix_shard_event_happened", "shard_event", ["happened_at"])
    op.create_table(
        "error_seen",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("error_type", sa.String(length=100), nullable=False),
        _moment("seen_at"),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.Column("seen_by_name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("kind", "place", "error_type", name=op.f("pk_error_seen")),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("error_seen", "shard_event", "shard_sample"):
        op.drop_table(table)
    sa.Enum(*HAPPENINGS, name=HAPPENING).drop(op.get_bind())
