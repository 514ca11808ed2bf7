"""Revisions for tests, written into a folder."""

from __future__ import annotations

from pathlib import Path

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
"""
TABLE = 'op.create_table("t_{}", sa.Column("x", sa.Integer(), primary_key=True))'


def write_history(
    folder: Path, *upgrades: str, first: int = 1, down: str | None = None, back: str = "pass", feature: str = ""
) -> Path:
    """Write revisions that follow each other in the given order; those of a feature have its name before the number."""
    folder.mkdir(exist_ok=True)
    prefix = f"{feature}_" if feature else ""
    labels = (feature,) if feature else None
    for number, upgrade in enumerate(upgrades, first):
        name = f"{prefix}{number:04}"
        content = REVISION.format(revision=name, down=down, labels=labels, upgrade=upgrade, downgrade=back)
        (folder / f"{name}_step.py").write_text(content)
        down, labels = name, None
    return folder
