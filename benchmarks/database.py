"""A fresh, migrated SQLite file for a bot under measurement."""

from __future__ import annotations

import shutil
from pathlib import Path

from guildbase.database.schema.migrate import upgrade


class DatabaseTemplate:
    """Migrates once and hands out copies, so that no measured start pays for migrations."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self._count = 0

    def migrate(self) -> None:
        """Make the template. Blocking: call from a plain thread, not from the event loop."""
        upgrade(f"sqlite:///{self._template}")

    def copy(self) -> str:
        """Return the URL of a new copy."""
        self._count += 1
        path = self._folder / f"copy-{self._count}.db"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"
