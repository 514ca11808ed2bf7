"""Erasures, and what they left to do.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sa.Enum("user", "guild", name="erasure_scope").create(op.get_bind())
    op.create_table(
        "erasure_request",
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column(
            "scope",
            postgresql.ENUM(
                "user", "guild", name="erasure_scope", create_constraint=True, length=32, create_type=False
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("pseudonym", sa.BigInteger(), nullable=True),
        sa.Column("is_sweep", sa.Boolean(), nullable=False),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column(
            "treated", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("request_key", name=op.f("pk_erasure_request")),
        sa.UniqueConstraint("scope", "subject_id", name=op.f("uq_erasure_request_scope_subject_id")),
    )
    op.create_index("ix_member_user_id", "member", ["user_id"])


def downgrade() -> None:
    op.drop_index("ix_member_user_id", table_name="member")
    op.drop_table("erasure_request")
    sa.Enum("user", "guild", name="erasure_scope").drop(op.get_bind())
