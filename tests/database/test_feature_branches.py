"""Features from elsewhere bring tables in lines of revisions of their own, which come and go beside ours."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from guildbase.core.errors import DatabaseUnavailable, InvalidInput
from guildbase.core.registry import LOCAL_PACKAGE, FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.database.migrations.compare import owner_of
from guildbase.database.schema import migrate, revision
from guildbase.database.schema.authoring import write_revision
from guildbase.database.schema.drift import drift
from guildbase.database.schema.history import history
from guildbase.testing.migrations import assert_revisions_reversible
from tests.database.histories import write_history
from tests.database.schema import guildbase_metadata
from tests.local_features import LocalFeatures

PAGE = """op.create_table("diary_page", sa.Column("guild_id", sa.BigInteger(), sa.ForeignKey("guild.guild_id"),
        primary_key=True, autoincrement=False))"""
LONG = "a_feature_with_a_name_as_long_as_allowed"


@pytest.fixture
def features(tmp_path: Path) -> LocalFeatures:
    """A folder with the feature `diary`, which has one table and two revisions."""
    folder = LocalFeatures(tmp_path / "features")
    migrations = folder.write("diary") / "migrations"
    write_history(migrations, PAGE, feature="diary", back='op.drop_table("diary_page")')
    column = 'op.add_column("diary_page", sa.Column("text", sa.String(40)))'
    back = 'op.drop_column("diary_page", "text")'
    write_history(migrations, column, first=2, down="diary_0001", feature="diary", back=back)
    # Only the first revision of a line carries the name.
    second = migrations / "diary_0002_step.py"
    second.write_text(second.read_text().replace("branch_labels = ('diary',)", "branch_labels = None"))
    return folder


@pytest.fixture
def with_diary(features: LocalFeatures) -> Iterator[FeatureRegistry]:
    """All features, with `diary`."""
    found = FeatureRegistry.discover(features.folder)
    assert found.broken == {}
    yield found
    # The next test's feature of that name is another one.
    for name in [name for name in sys.modules if name.partition(".")[0] == LOCAL_PACKAGE]:
        del sys.modules[name]


async def _revisions(url: str) -> list[str]:
    manager = DatabaseManager(url)
    try:
        return await revision.applied(manager)
    finally:
        await manager.close()


async def test_a_line_is_found_and_is_alembics_too(with_diary: FeatureRegistry) -> None:
    ours, diary = revision.branches(with_diary)
    assert (ours.feature, diary.feature, diary.revisions) == ("", "diary", ["diary_0001", "diary_0002"])
    script = ScriptDirectory.from_config(migrate.alembic_config("sqlite:///unused", registry=with_diary))
    assert set(script.get_heads()) == {revision.head(), "diary_0002"}
    assert script.get_revision("diary@head").revision == "diary_0002"


async def test_the_features_line_goes_up_and_down_and_up_with_rows(
    database_url: str, with_diary: FeatureRegistry
) -> None:
    def walk() -> list[str]:
        return assert_revisions_reversible(database_url, with_diary, feature="diary")

    assert await asyncio.to_thread(walk) == ["diary_0001", "diary_0002"]


async def test_an_absent_feature_keeps_its_tables_and_disturbs_nobody(
    database_url: str, with_diary: FeatureRegistry, registry: FeatureRegistry
) -> None:
    await asyncio.to_thread(lambda: migrate.upgrade(database_url, registry=with_diary))
    await asyncio.to_thread(migrate.downgrade, database_url, "-1")
    await asyncio.to_thread(lambda: migrate.upgrade(database_url, registry=registry))
    assert await _revisions(database_url) == [revision.head(), "diary_0002"]
    assert await asyncio.to_thread(drift, database_url, guildbase_metadata(), registry) == []
    manager = DatabaseManager(database_url)
    await revision.require_head(manager, registry)
    assert await revision.current(manager) == revision.head()
    await manager.close()
    assert (
        "its tables stay as they are" in [*history(database_url, await _revisions(database_url), registry)][-1].message
    )

    with pytest.raises(InvalidInput, match="not installed have tables here: diary"):
        await asyncio.to_thread(lambda: migrate.downgrade(database_url, "base", registry=registry))
    assert await _revisions(database_url) == [revision.head(), "diary_0002"]


async def test_a_feature_is_taken_down_by_its_name(database_url: str, with_diary: FeatureRegistry) -> None:
    def down(target: str) -> None:
        migrate.downgrade(database_url, target, registry=with_diary)

    await asyncio.to_thread(lambda: migrate.upgrade(database_url, registry=with_diary))
    await asyncio.to_thread(down, "diary@-1")
    assert await _revisions(database_url) == [revision.head(), "diary_0001"]
    await asyncio.to_thread(down, "diary@base")
    assert await _revisions(database_url) == [revision.head()]
    with pytest.raises(InvalidInput, match="no feature nosuch with tables"):
        await asyncio.to_thread(down, "nosuch@base")
    with pytest.raises(InvalidInput, match="There are not 1 steps back"):
        await asyncio.to_thread(down, "diary@-1")
    await asyncio.to_thread(lambda: migrate.upgrade(database_url, registry=with_diary))
    await asyncio.to_thread(down, "base")
    assert await _revisions(database_url) == []


async def test_a_bot_with_a_feature_that_is_behind_does_not_start(
    database: DatabaseManager, with_diary: FeatureRegistry
) -> None:
    url = database.url.render_as_string(hide_password=False)
    with pytest.raises(DatabaseUnavailable, match="at revision none, feature diary needs diary_0002"):
        await revision.require_head(database, with_diary)
    await asyncio.to_thread(lambda: migrate.upgrade(url, "diary_0001", registry=with_diary))
    with pytest.raises(DatabaseUnavailable, match="at revision diary_0001, feature diary needs diary_0002"):
        await revision.require_head(database, with_diary)
    await asyncio.to_thread(lambda: migrate.upgrade(url, registry=with_diary))
    await revision.require_head(database, with_diary)


async def test_a_feature_older_than_its_tables_is_refused(
    database: DatabaseManager, with_diary: FeatureRegistry
) -> None:
    url = database.url.render_as_string(hide_password=False)
    await asyncio.to_thread(lambda: migrate.upgrade(url, registry=with_diary))
    async with database.transaction() as work:
        change = "UPDATE alembic_version SET version_num = 'diary_0009' WHERE version_num = 'diary_0002'"
        await work.session.execute(sa.text(change))
    with pytest.raises(DatabaseUnavailable, match="diary_0009, which this version does not know") as refused:
        await revision.require_head(database, with_diary)
    assert "the package with the feature diary" in refused.value.hint
    with pytest.raises(DatabaseUnavailable, match="diary_0009"):
        await asyncio.to_thread(lambda: migrate.upgrade(url, registry=with_diary))


async def test_a_long_name_fits(database_url: str, features: LocalFeatures, with_diary: FeatureRegistry) -> None:
    table = f'op.create_table("{LONG}", sa.Column("x", sa.Integer(), primary_key=True))'
    write_history(features.write(LONG) / "migrations", table, feature=LONG)
    found = FeatureRegistry.discover(features.folder)
    assert found.features.keys() == {*with_diary.features, LONG}
    await asyncio.to_thread(lambda: migrate.upgrade(database_url, registry=found))
    assert f"{LONG}_0001" in await _revisions(database_url)


async def test_a_line_that_leans_on_ours_in_alembics_way_is_refused(
    empty_database_url: str, features: LocalFeatures, with_diary: FeatureRegistry
) -> None:
    # Alembic would then keep one row for both lines, and without the feature ours would seem to be gone.
    first = features.folder / "diary" / "migrations" / "diary_0001_step.py"
    first.write_text(first.read_text().replace("depends_on = None", "depends_on = '0001'"))
    with pytest.raises(InvalidInput, match="diary_0001 has depends_on"):
        await asyncio.to_thread(lambda: migrate.upgrade(empty_database_url, registry=with_diary))


async def test_the_first_revision_of_a_feature_names_its_line(
    sqlite_url: str, features: LocalFeatures, with_diary: FeatureRegistry
) -> None:
    folder = features.write("album")
    found = FeatureRegistry.discover(features.folder)
    assert found.features.keys() == {*with_diary.features, "album"}

    def write() -> Path:
        migrate.upgrade(sqlite_url, registry=found)
        return write_revision(sqlite_url, "begin", guildbase_metadata(), found, feature="album", is_empty=True)

    path = await asyncio.to_thread(write)
    assert path == folder / "migrations" / "album_0001_begin.py"
    assert "('album',)" in path.read_text()
    await asyncio.to_thread(lambda: migrate.upgrade(sqlite_url, registry=found))
    assert await _revisions(sqlite_url) == [revision.head(), "album_0001", "diary_0002"]


def test_a_table_belongs_to_the_feature_with_the_longest_fitting_name() -> None:
    names = ["diary", "diary_club", "tag"]
    tables = ("diary", "diary_page", "diary_club_page", "diaryx", "tags", "guild")
    owners = [owner_of(table, names) for table in tables]
    assert owners == ["diary", "diary", "diary_club", None, None, None]
