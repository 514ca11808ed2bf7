"""Who is blocked, or of special standing.

Revision 0015, after 0014.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATUSES = sa.Enum("blocked", "trusted", name="standing_status")
KINDS = sa.Enum("user", "guild", name="subject_kind")


def upgrade() -> None:
    STATUSES.create(op.get_bind())
    KINDS.create(op.get_bind())
    op.create_table(
        "guild_standing",
        *_decision(),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_guild_standing_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_guild_standing")),
    )
    op.create_table(
        "global_standing",
        *_decision(),
        sa.Column("subject_kind", _enum("user", "guild", name="subject_kind"), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", name=op.f("pk_global_standing")),
    )


def downgrade() -> None:
    op.drop_table("global_standing")
    op.drop_table("guild_standing")
    KINDS.drop(op.get_bind())
    STATUSES.drop(op.get_bind())


def _decision() -> list[sa.Column[Any]]:
    now = sa.func.now()
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("status", _enum("blocked", "trusted", name="standing_status"), nullable=False),
        sa.Column("is_silent", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by_id", sa.BigInteger(), nullable=True),
        sa.Column("set_by_name", sa.String(length=100), nullable=False),
    ]


def _enum(*values: str, name: str) -> Any:
    return postgresql.ENUM(*values, name=name, create_constraint=True, length=32, create_type=False)
