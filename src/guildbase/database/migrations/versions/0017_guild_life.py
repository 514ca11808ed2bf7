"""When the bot arrived in a guild, and what was found out of step with Discord.

Revision 0017, after 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = ("open", "settled", "dismissed")


def upgrade() -> None:
    sa.Enum(*STATES, name="reconciliation_state").create(op.get_bind())
    op.add_column("guild", sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE guild SET arrived_at = joined_at WHERE left_at IS NULL")
    op.create_table(
        "guild_reconciliation",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            postgresql.ENUM(
                *STATES, name="reconciliation_state", create_constraint=True, length=32, create_type=False
            ).with_variant(sa.Enum(*STATES, name="reconciliation_state", create_constraint=True, length=32), "sqlite"),
            nullable=False,
        ),
        sa.Column("vanished", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_guild_reconciliation_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guild_reconciliation")),
    )


def downgrade() -> None:
    op.drop_table("guild_reconciliation")
    op.drop_column("guild", "arrived_at")
    sa.Enum(*STATES, name="reconciliation_state").drop(op.get_bind())
