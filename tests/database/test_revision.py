"""The revision is read without Alembic; both must always say the same."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.manager import DatabaseManager
from guildbase.database.schema import revision
from guildbase.database.schema.migrate import alembic_config


def test_known_revisions_are_alembics() -> None:
    script = ScriptDirectory.from_config(alembic_config("sqlite:///unused"))

    assert revision.known() == [found.revision for found in script.walk_revisions()][::-1]
    assert revision.head() == script.get_current_head()


async def test_current_revision_is_alembics(database: DatabaseManager) -> None:
    async with database.read_session() as session:
        connection = await session.connection()
        theirs = await connection.run_sync(lambda plain: MigrationContext.configure(plain).get_current_revision())

    assert await revision.current(database) == theirs == revision.head()


async def test_empty_database_has_no_revision_and_is_told_to_upgrade(empty_database_url: str) -> None:
    database = DatabaseManager(empty_database_url)
    try:
        assert await revision.current(database) is None
        with pytest.raises(DatabaseUnavailable) as refused:
            await revision.require_head(database)
        assert "db upgrade" in refused.value.hint
    finally:
        await database.close()


async def test_revision_of_a_newer_version_is_refused(database: DatabaseManager) -> None:
    async with database.transaction() as work:
        await work.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseUnavailable, match="9999, which this version does not know"):
        await revision.require_head(database)


def test_serving_does_not_load_alembic() -> None:
    check = "import sys, guildbase.cli.serve, guildbase.bot.supervisor; sys.exit('alembic' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
