"""Rules that look at messages, their lists, and who broke one.

Revision 0021, after 0020.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from guildbase.database.migrations.operations import timestamps

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KINDS = ("words", "domains", "regex")


def _guild(table: str) -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    name = op.f(f"fk_{table}_guild_id_guild")
    key = sa.ForeignKeyConstraint(["guild_id"], ["guild.guild_id"], name=name, ondelete="CASCADE")
    return sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False), key


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    kind = postgresql.ENUM(*KINDS, name="automod_list_kind", create_constraint=True, length=32, create_type=False)
    sa.Enum(*KINDS, name="automod_list_kind").create(op.get_bind())
    document = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.create_table(
        "automod_rule",
        *timestamps(),
        *_guild("automod_rule"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _text("name", 60),
        sa.Column("priority", sa.Integer(), nullable=False),
        _flag("is_active"),
        _flag("is_dry_run"),
        _flag("is_native"),
        _id("native_id"),
        sa.Column("document", document, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_automod_rule_number_positive")),
        sa.CheckConstraint("priority >= 0", name=op.f("ck_automod_rule_priority_not_negative")),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_automod_rule")),
    )
    op.create_table(
        "automod_list",
        *timestamps(),
        *_guild("automod_list"),
        _text("name", 60),
        sa.Column("kind", kind, nullable=False),
        _text("entries", 200_000),
        sa.PrimaryKeyConstraint("guild_id", "name", name=op.f("pk_automod_list")),
    )
    op.create_table(
        "automod_violation",
        *_guild("automod_violation"),
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        _text("user_name", 100),
        sa.Column("rule_number", sa.Integer(), nullable=True),
        _text("rule_name", 100),
        _id("channel_id"),
        _id("message_id"),
        _text("matched", 200),
        _text("excerpt", 500),
        sa.Column("points", sa.Integer(), nullable=False),
        _flag("is_dry_run"),
        sa.Column("case_number", sa.Integer(), nullable=True),
        _text("outcome", 300),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_automod_violation_points_not_negative")),
        sa.CheckConstraint("rule_number > 0", name=op.f("ck_automod_violation_rule_number_positive")),
        sa.CheckConstraint("case_number > 0", name=op.f("ck_automod_violation_case_number_positive")),
        sa.PrimaryKeyConstraint("guild_id", "violation_id", name=op.f("pk_automod_violation")),
    )
    op.create_index("ix_automod_violation_created", "automod_violation", ["created_at"])
    op.create_index("ix_automod_violation_user", "automod_violation", ["guild_id", "user_id", "created_at"])
    unique = ["guild_id", "message_id", "rule_number"]
    op.create_index("uq_automod_violation_message", "automod_violation", unique, unique=True)


def downgrade() -> None:
    for table in ("automod_violation", "automod_list", "automod_rule"):
        op.drop_table(table)
    sa.Enum(*KINDS, name="automod_list_kind").drop(op.get_bind())
