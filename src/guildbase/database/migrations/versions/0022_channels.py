"""Slow modes, lockdowns and the gate for newcomers.

Revision 0022, after 0021.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from guildbase.database.migrations.operations import timestamps

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ENUMS = {
    "lock_state": ("pending", "done", "failed"),
    "newcomer_state": ("waiting", "admitted", "removed", "failed"),
}

BITS = "changed > 0 AND before_allow >= 0 AND before_deny >= 0 AND set_allow >= 0 AND set_deny >= 0"


def _enum(name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*ENUMS[name], name=name, create_constraint=True, length=32, create_type=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _key(table: str, *names: str) -> list[sa.schema.SchemaItem]:
    foreign = op.f(f"fk_{table}_guild_id_guild")
    return [
        *(sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in names),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.guild_id"], name=foreign, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    for name, values in ENUMS.items():
        sa.Enum(*values, name=name).create(op.get_bind())
    op.create_table(
        "slow_mode",
        *timestamps(),
        *_key("slow_mode", "guild_id", "channel_id"),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("previous_seconds", sa.Integer(), nullable=False),
        _time("expires_at", nullable=True),
        _number("set_by_id", nullable=True),
        sa.CheckConstraint("seconds > 0", name=op.f("ck_slow_mode_seconds_positive")),
        sa.CheckConstraint("previous_seconds >= 0", name=op.f("ck_slow_mode_previous_seconds_not_negative")),
    )
    op.create_table("slow_mode_turn", *_key("slow_mode_turn", "guild_id", "channel_id", "user_id"), _time("last_at"))
    op.create_table(
        "server_lock",
        *timestamps(),
        *_key("server_lock", "guild_id"),
        sa.Column("reason", sa.String(length=400), nullable=False),
        _time("expires_at", nullable=True),
        _number("set_by_id", nullable=True),
    )
    op.create_table(
        "channel_lock",
        *timestamps(),
        *_key("channel_lock", "guild_id", "channel_id"),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", _enum("lock_state"), nullable=False),
        sa.Column("failure", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        _time("expires_at", nullable=True),
        _number("set_by_id", nullable=True),
        sa.Column("is_of_server", sa.Boolean(), nullable=False),
        sa.CheckConstraint("generation > 0", name=op.f("ck_channel_lock_generation_positive")),
    )
    op.create_table(
        "saved_overwrite",
        *_key("saved_overwrite", "guild_id", "channel_id", "target_id"),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.Column("existed", sa.Boolean(), nullable=False),
        *(_number(name) for name in ("changed", "before_allow", "before_deny", "set_allow", "set_deny")),
        sa.CheckConstraint(BITS, name=op.f("ck_saved_overwrite_bits")),
    )
    op.create_table(
        "newcomer",
        *timestamps(),
        *_key("newcomer", "guild_id", "user_id"),
        _time("joined_at"),
        sa.Column("state", _enum("newcomer_state"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_newcomer_attempts_not_negative")),
    )


def downgrade() -> None:
    for table in ("newcomer", "saved_overwrite", "channel_lock", "server_lock", "slow_mode_turn", "slow_mode"):
        op.drop_table(table)
    for name, values in reversed(ENUMS.items()):
        sa.Enum(*values, name=name).drop(op.get_bind())
