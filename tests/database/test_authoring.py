"""`db revision` writes what changed, for both databases, and leaves to the author what only they can decide."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from guildbase.core.errors import InvalidInput
from guildbase.core.registry import FeatureRegistry
from guildbase.database.schema import migrate, revision
from guildbase.database.schema.authoring import write_revision
from guildbase.database.schema.drift import drift
from guildbase.testing.migrations import assert_enum_change, assert_models_match
from tests.database.schema import guildbase_metadata

PROJECT = """
[[tool.alembic.post_write_hooks]]
name = "format"
type = "module"
module = "ruff"
options = "format REVISION_SCRIPT_FILENAME"
"""


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of our history in a project with a formatter, to be added to."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    folder = tmp_path / "versions"
    folder.mkdir()
    for path in revision.OUR_FOLDER.glob("0*.py"):
        (folder / path.name).write_text(path.read_text())
    monkeypatch.setattr(revision, "OUR_FOLDER", folder)
    return folder


def _with_labels(*labels: str) -> sa.MetaData:
    """Return the metadata with other case types."""
    metadata = guildbase_metadata()
    column = metadata.tables["moderation_case"].c.case_type
    column.type = sa.Enum(*labels, name="case_type", create_constraint=True, length=32)
    return metadata


def _labels() -> list[str]:
    kind = guildbase_metadata().tables["moderation_case"].c.case_type.type
    assert isinstance(kind, sa.Enum)
    return list(kind.enums)


async def test_a_new_column_and_a_new_label_become_one_revision_for_both(
    versions: Path, postgresql_url: str, sqlite_url: str, registry: FeatureRegistry
) -> None:
    metadata = _with_labels(*_labels(), "scolded")
    metadata.tables["guild"].append_column(sa.Column("motto", sa.String(40), nullable=True))
    path = await asyncio.to_thread(write_revision, postgresql_url, "a motto", metadata, registry)
    number = revision.head()
    assert path == versions / f"{number}_a_motto.py"
    content = path.read_text()
    assert f'revision: str = "{number}"' in content
    assert content.count("sync_enum(") == 2
    # Upwards nothing is lost; downwards only the author knows what the new label's rows get.
    assert content.index('mapping={"scolded": "FIXME"}') > content.index("def downgrade")

    for url in (postgresql_url, sqlite_url):
        await asyncio.to_thread(migrate.upgrade, url)
        await asyncio.to_thread(assert_models_match, url, metadata, registry)
        with pytest.raises(InvalidInput, match="still says FIXME"):
            await asyncio.to_thread(migrate.downgrade, url, "-1")
        await asyncio.to_thread(assert_models_match, url, metadata, registry)


async def test_a_removed_label_asks_what_its_rows_get_and_the_change_can_be_tested(
    versions: Path, postgresql_url: str, empty_sqlite_url: str, registry: FeatureRegistry
) -> None:
    old = _labels()
    metadata = _with_labels("scolded", *old[1:])
    path = await asyncio.to_thread(write_revision, postgresql_url, "scold", metadata, registry)
    content = path.read_text()
    assert f'mapping={{"{old[0]}": "FIXME"}}' in content
    with pytest.raises(InvalidInput, match="still says FIXME"):
        await asyncio.to_thread(migrate.upgrade, postgresql_url)
    up, _, down = content.partition("def downgrade")
    path.write_text(f"{up.replace('FIXME', 'scolded')}def downgrade{down.replace('FIXME', old[0])}")
    await asyncio.to_thread(migrate.downgrade, postgresql_url, "base")
    for url in (postgresql_url, empty_sqlite_url):
        arguments = (url, path.name[:4], "moderation_case.case_type", {old[0]: "scolded"})
        await asyncio.to_thread(assert_enum_change, *arguments)
        await asyncio.to_thread(migrate.upgrade, url)
        await asyncio.to_thread(assert_models_match, url, metadata, registry)
        assert await asyncio.to_thread(drift, url, guildbase_metadata(), registry) != []


async def test_regression_two_columns_of_one_new_enum_come_and_go(
    versions: Path, postgresql_url: str, sqlite_url: str, registry: FeatureRegistry
) -> None:
    metadata = guildbase_metadata()
    for name in ("weight", "weight_before"):
        kind = sa.Enum("light", "heavy", name="case_weight", create_constraint=True, length=32)
        metadata.tables["moderation_case"].append_column(sa.Column(name, kind, nullable=True))
    path = await asyncio.to_thread(write_revision, postgresql_url, "weights", metadata, registry)
    assert path.parent == versions
    for url in (postgresql_url, sqlite_url):
        await asyncio.to_thread(migrate.upgrade, url)
        await asyncio.to_thread(assert_models_match, url, metadata, registry)
        await asyncio.to_thread(migrate.downgrade, url, "-1")
        await asyncio.to_thread(assert_models_match, url, guildbase_metadata(), registry)


@pytest.mark.usefixtures("versions")
async def test_regression_a_changed_check_is_not_called_nothing(postgresql_url: str, registry: FeatureRegistry) -> None:
    metadata = guildbase_metadata()
    metadata.tables["guild"].append_constraint(sa.CheckConstraint("guild_id > 0", name="positive"))
    with pytest.raises(InvalidInput, match="check ck_guild_positive of guild is missing") as refused:
        await asyncio.to_thread(write_revision, postgresql_url, "a check", metadata, registry)
    assert "--empty" in refused.value.hint


@pytest.mark.usefixtures("versions")
async def test_nothing_new_is_no_revision_but_an_empty_one_can_be_asked_for(
    postgresql_url: str, registry: FeatureRegistry
) -> None:
    with pytest.raises(InvalidInput, match="has all that the models say"):
        await asyncio.to_thread(write_revision, postgresql_url, "nothing", guildbase_metadata(), registry)
    path = await asyncio.to_thread(
        lambda: write_revision(postgresql_url, "by hand", guildbase_metadata(), registry, is_empty=True)
    )
    assert "pass" in path.read_text()
    await asyncio.to_thread(migrate.upgrade, postgresql_url)


@pytest.mark.usefixtures("versions")
async def test_a_revision_of_ours_wants_postgresql_at_the_newest_revision(
    sqlite_url: str, empty_postgresql_url: str, registry: FeatureRegistry
) -> None:
    for url, complaint in ((sqlite_url, "written against PostgreSQL"), (empty_postgresql_url, "not up to date[.]$")):
        with pytest.raises(InvalidInput, match=complaint):
            await asyncio.to_thread(write_revision, url, "too soon", guildbase_metadata(), registry)


@pytest.mark.parametrize(("feature", "complaint"), [("nosuch", "no feature nosuch"), ("guilds", "part of Guildbase")])
async def test_only_features_from_elsewhere_have_lines_of_their_own(
    sqlite_url: str, registry: FeatureRegistry, feature: str, complaint: str
) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        await asyncio.to_thread(
            lambda: write_revision(sqlite_url, "x", guildbase_metadata(), registry, feature=feature)
        )
