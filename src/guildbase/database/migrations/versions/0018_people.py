"""What people prefer, and what is known of members.

Revision 0018, after 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from guildbase.database.migrations.operations import timestamps

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_preferences",
        *timestamps(),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=True),
        sa.Column("wants_dms", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["discord_user.user_id"],
            name=op.f("fk_user_preferences_user_id_discord_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_preferences")),
    )
    op.add_column("member", sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("member", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    # The default stays for the statements that make members without naming it.
    op.add_column("member", sa.Column("times_left", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("member", "times_left")
    op.drop_column("member", "left_at")
    op.drop_column("member", "joined_at")
    op.drop_table("user_preferences")
