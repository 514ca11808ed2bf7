"""Who may use which command where, and which checks were made.

Revision 0014, after 0013.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ENUMS = {
    "permission_subject": ("member", "role", "channel", "category", "guild"),
    "permission_scope": ("command", "module", "everything"),
    "permission_access": ("deny", "ignore", "allow"),
}


def _enum(name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*ENUMS[name], name=name, create_constraint=True, length=32, create_type=False)


def upgrade() -> None:
    for name, values in ENUMS.items():
        sa.Enum(*values, name=name).create(op.get_bind())
    op.create_table(
        "guild_permission",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_kind", _enum("permission_subject"), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("scope", _enum("permission_scope"), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("access", _enum("permission_access"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_by_name", sa.String(length=100), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_guild_permission_number_positive")),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_guild_permission_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_guild_permission")),
        sa.UniqueConstraint(
            "guild_id", "subject_kind", "subject_id", "scope", "target", name="uq_guild_permission_rule"
        ),
    )
    op.create_table(
        "permission_check",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("command", sa.String(length=100), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("decider", sa.String(length=20), nullable=False),
        sa.Column("rule_number", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rule_number > 0", name=op.f("ck_permission_check_rule_number_positive")),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_permission_check_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", "check_id", name=op.f("pk_permission_check")),
    )
    op.create_index("ix_permission_check_created_at", "permission_check", ["created_at"])


def downgrade() -> None:
    op.drop_table("permission_check")
    op.drop_table("guild_permission")
    for name, values in reversed(ENUMS.items()):
        sa.Enum(*values, name=name).drop(op.get_bind())
