"""Made-up histories are the same for the same numbers, and their rows are such as the bot would have stored."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from guildbase.cli.db.seed import store
from guildbase.core.registry import FeatureRegistry
from guildbase.core.snowflake import is_snowflake, snowflake_time
from guildbase.core.time_ids import time_of
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.copying import copy_rows
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.guilds.models import Guild, GuildCounter
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.platform.users.models import Member, User
from guildbase.services.seeding import SeedWorld

SMALL = SeedWorld(guild_count=5, member_count=400, message_count=20_000, seed=3)


async def _stored(database: DatabaseManager, registry: FeatureRegistry, world: SeedWorld) -> Counter[str]:
    rows: Counter[str] = Counter()
    async with database.transaction() as work:
        async for table, number, _ in store(work.session, registry, world):
            rows[table] += number
    return rows


async def _digest(database: DatabaseManager, tables: list[str]) -> str:
    """Return a digest of all values as the models see them, which does not depend on the database."""
    told = hashlib.sha256()
    async with database.read_session() as session:
        for model in (Guild, User, Member, GuildCounter, ModerationCase, AuditEntry):
            assert model.__tablename__ in tables
            rows = (await session.execute(select(model).order_by(*model.__table__.primary_key.columns))).scalars()
            for row in rows:
                told.update(repr(sorted(row.model_dump().items())).encode())
    return told.hexdigest()


async def test_the_same_seed_makes_the_same_rows_on_both_databases(
    sqlite_url: str, postgresql_url: str, registry: FeatureRegistry
) -> None:
    digests = set()
    for url in (sqlite_url, postgresql_url):
        database = DatabaseManager(url)
        stored = await _stored(database, registry, SMALL)
        digests.add(await _digest(database, list(stored)))
        await database.close()
    assert len(digests) == 1


async def test_another_seed_makes_other_rows_that_fit_beside_them(
    database: DatabaseManager, registry: FeatureRegistry
) -> None:
    first = await _stored(database, registry, SMALL)
    second = await _stored(database, registry, SeedWorld(5, 400, 20_000, seed=4))
    assert first == second
    async with database.read_session() as session:
        assert await Guild.count(session) == 10


async def test_the_numbers_are_those_that_were_asked_for(
    guildbase_rolled_back_database: DatabaseManager, registry: FeatureRegistry
) -> None:
    stored = await _stored(guildbase_rolled_back_database, registry, SMALL)
    assert (stored["guild"], stored["guild_config"], stored["member"], stored["discord_user"]) == (5, 5, 400, 280)
    assert stored["moderation_case"] == stored["audit_entry"]
    assert 90 <= stored["moderation_case"] <= 100


async def test_numbers_of_cases_are_dense_and_the_counters_are_right(
    guildbase_rolled_back_database: DatabaseManager, registry: FeatureRegistry
) -> None:
    await _stored(guildbase_rolled_back_database, registry, SMALL)
    number = col(ModerationCase.number)
    counted = select(col(ModerationCase.guild_id), func.count(), func.min(number), func.max(number)).group_by(
        col(ModerationCase.guild_id)
    )
    async with guildbase_rolled_back_database.read_session() as session:
        cases = {row[0]: tuple(row[1:]) for row in await session.execute(counted)}
        counters = {it.guild_id: it.value for it in (await session.execute(select(GuildCounter))).scalars()}
    assert {guild_id: (value, 1, value) for guild_id, value in counters.items()} == cases


async def test_every_row_is_one_that_its_model_takes(registry: FeatureRegistry) -> None:
    for _, module in registry.modules("seeds"):
        for made in module.seed(SMALL):
            rows = [made.model(**dict(zip(made.columns, row, strict=True))) for row in made.rows]
            assert len(rows) == made.count


async def test_each_case_is_told_in_the_audit_log_with_its_moment(
    guildbase_rolled_back_database: DatabaseManager, registry: FeatureRegistry
) -> None:
    await _stored(guildbase_rolled_back_database, registry, SMALL)
    async with guildbase_rolled_back_database.read_session() as session:
        cases = (await session.execute(select(ModerationCase))).scalars().all()
        entries = {
            (it.guild_id, it.details["case"]): it for it in (await session.execute(select(AuditEntry))).scalars()
        }
    assert len(entries) == len(cases) > 0
    for case in cases:
        entry = entries[case.guild_id, case.number]
        assert (entry.actor_id, entry.target_id, entry.reason) == (case.moderator_id, case.target_id, case.reason)
        assert abs((time_of(entry.audit_id) - case.created_at).total_seconds()) < 0.002
        assert case.target_id != case.moderator_id


def test_people_are_themselves_everywhere_and_in_a_guild_once() -> None:
    for guild in SMALL.guilds:
        numbers = list(SMALL.people_of(guild))
        assert len(set(numbers)) == guild.size
        assert guild.joined_at < SMALL.until
    ids = [SMALL.user_id(number) for number in range(SMALL.people_count)]
    assert len(set(ids)) == len(ids)
    assert all(is_snowflake(it) and snowflake_time(it) < SMALL.until for it in ids)
    names = {SMALL.person(number).name for number in range(SMALL.people_count)}
    assert len(names) == SMALL.people_count


def test_guilds_are_of_very_different_size() -> None:
    sizes = [guild.size for guild in SeedWorld(100, 100_000, 0).guilds]
    assert sum(sizes) == 100_000
    assert sizes[0] > 20 * sizes[-1]


def test_regression_a_large_world_has_ids_too() -> None:
    world = SeedWorld(10, 100_000_000, 0)
    ids = [world.user_id(number) for number in (0, 1, world.people_count - 1)]
    assert sorted(set(ids)) == ids
    assert all(map(is_snowflake, ids))


@pytest.mark.parametrize(("guilds", "members", "messages"), [(1, 0, 0), (3, 2, 5000), (2, 4, 0), (1, 1, 9000)])
async def test_tiny_worlds_are_fine(
    guildbase_rolled_back_database: DatabaseManager,
    registry: FeatureRegistry,
    guilds: int,
    members: int,
    messages: int,
) -> None:
    world = SeedWorld(guilds, members, messages)
    stored = await _stored(guildbase_rolled_back_database, registry, world)
    assert (stored["guild"], stored["member"]) == (guilds, members)


async def test_rows_that_the_database_refuses_leave_nothing(
    database: DatabaseManager, registry: FeatureRegistry
) -> None:
    guild_id = SMALL.guilds[0].guild_id
    ids = itertools.chain(range(guild_id, guild_id + 25_000), [guild_id])
    rows: Any = ((it, SMALL.until) for it in ids)
    sent = 0

    async def copy() -> None:
        nonlocal sent
        async with database.transaction() as work:
            async for number in copy_rows(work.session, Guild.__table__, ("guild_id", "joined_at"), rows):
                sent += number

    with pytest.raises(Exception, match=r"(?i)unique") as refused:
        await copy()
    assert isinstance(refused.value, DBAPIError) or type(refused.value).__name__ == "UniqueViolationError"
    assert sent == 20_000
    async with database.read_session() as session:
        assert await Guild.count(session) == 0
