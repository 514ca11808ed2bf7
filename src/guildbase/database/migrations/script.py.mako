"""${message}.

Revision ${up_revision}, after ${down_revision or "the empty database"}.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | tuple[str, ...] | None = ${repr(branch_labels)}
depends_on: str | tuple[str, ...] | None = ${repr(depends_on)}


def upgrade() -> None:
    """Go forward; what runs here must suit the version that is still running."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Go back; rows of tables that stay must stay too."""
    ${downgrades if downgrades else "pass"}
