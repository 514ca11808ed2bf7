"""Who may use a guild's dashboard.

Revision 0016, after 0015.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KINDS = ("user", "role")
SOURCES = ("installer", "owner", "given", "operator")


def upgrade() -> None:
    sa.Enum(*KINDS, name="holder_kind").create(op.get_bind())
    sa.Enum(*SOURCES, name="grant_source").create(op.get_bind())
    now = sa.func.now()
    op.create_table(
        "access_grant",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder_kind", _enum(*KINDS, name="holder_kind"), nullable=False),
        sa.Column("holder_id", sa.BigInteger(), nullable=False),
        sa.Column("rights", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("source", _enum(*SOURCES, name="grant_source"), nullable=False),
        sa.Column("given_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_away", sa.Boolean(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_access_grant_number_positive")),
        sa.CheckConstraint("rights > 0", name=op.f("ck_access_grant_rights_not_empty")),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_access_grant_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "parent"],
            ["access_grant.guild_id", "access_grant.number"],
            name="fk_access_grant_parent",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_access_grant")),
    )
    op.create_index("ix_access_grant_parent", "access_grant", ["guild_id", "parent"])


def downgrade() -> None:
    op.drop_table("access_grant")
    sa.Enum(*SOURCES, name="grant_source").drop(op.get_bind())
    sa.Enum(*KINDS, name="holder_kind").drop(op.get_bind())


def _enum(*values: str, name: str) -> Any:
    return postgresql.ENUM(*values, name=name, create_constraint=True, length=32, create_type=False)
