from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete

from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services.encryption_keys import EncryptionKey
from guildbase.testing.factories import fill_every_table
from guildbase.testing.postgresql import NoServer, find_programs

KEYS = "2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
ROWS = 3
"""Rows of each table."""


def quietly(_step: str, _done: int, _total: int | None) -> None:
    """Show no progress."""


def programs() -> Path | None:
    """Return where PostgreSQL's programs are, None for the PATH."""
    try:
        return find_programs()
    except NoServer:
        return None


def settings_for(url: str, folder: Path, **changes: Any) -> Settings:
    """Return settings with keys and with a folder for backups."""
    values = {"encryption_keys": SecretStr(KEYS), "postgresql_programs": programs(), **changes}
    return Settings(database_url=url, backup_dir=folder / "backups", **values)


@pytest.fixture
async def filled(database_url: str, tmp_path: Path, registry: FeatureRegistry) -> Settings:
    """Settings of a database with rows in every table, without backups yet."""
    settings = settings_for(database_url, tmp_path)
    database = DatabaseManager.from_settings(settings)
    async with database.transaction() as work:
        await fill_every_table(work.session, registry, rows=ROWS, seed=4)
        # What stands there was never a key.
        await work.session.execute(delete(EncryptionKey))
    await database.close()
    return settings


@pytest.fixture
def empty(empty_database_url: str, tmp_path: Path) -> Settings:
    """Settings of a database without tables, with the same folder of backups."""
    return settings_for(empty_database_url, tmp_path)
