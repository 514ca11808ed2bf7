from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column as SAColumn
from sqlalchemy import ForeignKey, MetaData, Table, func, insert, select
from sqlalchemy.types import Integer

from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep.orphans import BATCH, Orphans, delete_orphans, find_orphans
from guildbase.platform.guilds.models import Guild, GuildConfig, GuildCounter
from guildbase.platform.users.models import Member, User
from guildbase.services.tables import all_tables
from tests.factories import new_id


@pytest.fixture
def tables(registry: FeatureRegistry) -> list[Table]:
    return all_tables(registry)


async def _plant(database: DatabaseManager, *rows: tuple[type, list[dict[str, object]]]) -> None:
    """Store rows behind the foreign keys' back, as a restore or another program may."""
    off, on = "SET session_replication_role = replica", "SET session_replication_role = DEFAULT"
    if database.is_sqlite:
        off, on = "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"
    async with database.engine.connect() as connection:
        # Within a transaction SQLite would not listen.
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute(off)
        for model, values in rows:
            await connection.execute(insert(model), values)
        await connection.commit()
        await driver.execute(on)


async def _count(database: DatabaseManager, model: type) -> int:
    async with database.read_session() as session:
        return int((await session.execute(select(func.count()).select_from(model))).scalar_one())


async def test_a_sound_database_has_no_orphans(database: DatabaseManager, tables: list[Table]) -> None:
    guild_id, user_id = new_id(), new_id()
    async with database.transaction() as work:
        await Guild.create(work.session, guild_id=guild_id)
        await User.create(work.session, user_id=user_id)
        await Member.create(work.session, guild_id=guild_id, user_id=user_id)
    assert await find_orphans(database, tables) == []
    assert await delete_orphans(database, tables) == {}
    assert await _count(database, Member) == 1


async def test_rows_without_their_parent_are_found_and_deleted(database: DatabaseManager, tables: list[Table]) -> None:
    gone, here, person, stranger = sorted(new_id() for _ in range(4))
    async with database.transaction() as work:
        await Guild.create(work.session, guild_id=here)
        await GuildConfig.create(work.session, guild_id=here, prefix="!")
        await User.create(work.session, user_id=person)
        await Member.create(work.session, guild_id=here, user_id=person)
    await _plant(
        database,
        (GuildCounter, [{"guild_id": gone, "kind": kind, "value": 1} for kind in "abcd"]),
        (Member, [{"guild_id": gone, "user_id": person}, {"guild_id": here, "user_id": stranger}]),
    )
    assert await find_orphans(database, tables) == [
        Orphans("guild_counter", "guild", 4, ((gone, "a"), (gone, "b"), (gone, "c"))),
        Orphans("member", "guild", 1, ((gone, person),)),
        Orphans("member", "discord_user", 1, ((here, stranger),)),
    ]
    assert await delete_orphans(database, tables) == {"guild_counter": 4, "member": 2}
    assert await find_orphans(database, tables) == []
    assert [await _count(database, model) for model in (Guild, GuildConfig, User, Member)] == [1, 1, 1, 1]


async def test_people_whom_nothing_refers_to_any_more_are_orphans_too(
    database: DatabaseManager, tables: list[Table]
) -> None:
    guild_id, lonely, known = sorted(new_id() for _ in range(3))
    async with database.transaction() as work:
        await Guild.create(work.session, guild_id=guild_id)
        for user_id in (lonely, known):
            await User.create(work.session, user_id=user_id)
        await Member.create(work.session, guild_id=guild_id, user_id=known)
    assert await find_orphans(database, tables) == [Orphans("discord_user", "", 1, ((lonely,),))]
    assert await delete_orphans(database, tables) == {"discord_user": 1}
    assert await _count(database, User) == 1


async def test_a_person_whose_last_row_was_an_orphan_goes_with_it(
    database: DatabaseManager, tables: list[Table]
) -> None:
    user_id = new_id()
    await _plant(database, (User, [{"user_id": user_id}]), (Member, [{"guild_id": new_id(), "user_id": user_id}]))
    assert await delete_orphans(database, tables) == {"member": 1, "discord_user": 1}


async def test_more_than_one_batch_is_deleted(database: DatabaseManager, tables: list[Table]) -> None:
    gone = new_id()
    count = 2 * BATCH + 1
    rows: list[dict[str, object]] = [{"guild_id": gone, "kind": str(number), "value": 1} for number in range(count)]
    await _plant(database, (GuildCounter, rows))
    assert await delete_orphans(database, tables) == {"guild_counter": count}


async def test_a_key_that_is_partly_empty_points_nowhere_on_purpose(database: DatabaseManager) -> None:
    metadata = MetaData()
    parent = Table("orphan_parent", metadata, SAColumn("id", Integer, primary_key=True))
    child = Table(
        "orphan_child",
        metadata,
        SAColumn("id", Integer, primary_key=True),
        SAColumn("parent_id", ForeignKey(parent.c.id, name="fk_orphan_child"), nullable=True),
    )
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(insert(parent), [{"id": 1}])
        await connection.execute(insert(child), [{"id": 1, "parent_id": None}, {"id": 2, "parent_id": 1}])
    assert await find_orphans(database, metadata.sorted_tables) == []
