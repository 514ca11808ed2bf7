"""Raids and those who take part in them.

Revision 0023, after 0022.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from guildbase.database.migrations.operations import timestamps

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ENUMS = {
    "raid_level": ("off", "watch", "on", "lockdown"),
    "raid_action": ("none", "timeout", "quarantine", "kick", "ban"),
    "raid_state": ("active", "ended"),
    "raider_state": ("held", "due", "done", "failed", "freeing", "released"),
}


def _enum(name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*ENUMS[name], name=name, create_constraint=True, length=32, create_type=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def _key(table: str, *names: str) -> list[sa.schema.SchemaItem]:
    foreign = op.f(f"fk_{table}_guild_id_guild")
    types = {"number": sa.Integer}
    return [
        *(sa.Column(name, types.get(name, sa.BigInteger)(), autoincrement=False, nullable=False) for name in names),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.guild_id"], name=foreign, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    for name, values in ENUMS.items():
        sa.Enum(*values, name=name).create(op.get_bind())
    op.create_table(
        "raid",
        *timestamps(),
        *_key("raid", "guild_id", "number"),
        sa.Column("state", _enum("raid_state"), nullable=False),
        sa.Column("level", _enum("raid_level"), nullable=False),
        sa.Column("action", _enum("raid_action"), nullable=False),
        sa.Column("cause", sa.String(length=500), nullable=False),
        _time("started_at"),
        _time("last_at"),
        _time("ended_at", nullable=True),
        sa.Column("has_locked", sa.Boolean(), nullable=False),
        _time("invites_paused_until", nullable=True),
        _time("invites_before", nullable=True),
        _id("alert_channel_id"),
        _id("alert_message_id"),
        _id("ended_by_id"),
        sa.CheckConstraint("number > 0", name=op.f("ck_raid_number_positive")),
    )
    is_active = sa.text("state = 'active'")
    op.create_index(
        "uq_raid_active", "raid", ["guild_id"], unique=True, postgresql_where=is_active, sqlite_where=is_active
    )
    op.create_table(
        "raider",
        *_key("raider", "guild_id", "number", "user_id"),
        sa.Column("user_name", sa.String(length=100), nullable=False),
        _time("joined_at"),
        sa.Column("state", _enum("raider_state"), nullable=False),
        sa.Column("action", _enum("raid_action"), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=False),
        sa.CheckConstraint("case_number > 0", name=op.f("ck_raider_case_number_positive")),
        sa.ForeignKeyConstraint(
            ["guild_id", "number"], ["raid.guild_id", "raid.number"], name="fk_raider_raid", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_raider_state", "raider", ["guild_id", "number", "state"])


def downgrade() -> None:
    op.drop_table("raider")
    op.drop_table("raid")
    for name, values in reversed(ENUMS.items()):
        sa.Enum(*values, name=name).drop(op.get_bind())
