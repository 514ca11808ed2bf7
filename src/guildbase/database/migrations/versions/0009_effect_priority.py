"""Effects that go first.

Revision 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WAITING = sa.text("state IN ('pending', 'running')")


def upgrade() -> None:
    # The default stays for a version before this one, which may still run beside it.
    op.add_column("outbox_effect", sa.Column("priority", sa.SmallInteger(), server_default="5", nullable=False))
    op.create_index(
        "ix_outbox_effect_turn",
        "outbox_effect",
        ["priority", "due_at", "effect_id"],
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_effect_turn", table_name="outbox_effect")
    op.drop_column("outbox_effect", "priority")
