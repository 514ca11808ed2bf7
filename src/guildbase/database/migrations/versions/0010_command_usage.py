"""How often commands are used, and what the write-behind buffers need to store each batch once.

Revision 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "write_behind_mark",
        sa.Column("writer", sa.String(length=120), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_write_behind_mark_number_not_negative")),
        sa.PrimaryKeyConstraint("writer", name=op.f("pk_write_behind_mark")),
    )
    op.create_table(
        "command_usage",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("command", sa.String(length=100), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_command_usage_used_not_negative")),
        sa.CheckConstraint("failed >= 0", name=op.f("ck_command_usage_failed_not_negative")),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_command_usage_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", "day", "command", name=op.f("pk_command_usage")),
    )
    op.create_index("ix_command_usage_day", "command_usage", ["day"])


def downgrade() -> None:
    op.drop_table("command_usage")
    op.drop_table("write_behind_mark")
