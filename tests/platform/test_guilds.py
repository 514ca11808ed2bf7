from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.events import Event
from guildbase.core.ports import ADMINISTRATOR, SYSTEM, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.connections.prebuilt import PrebuiltRead
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.validation import InvalidRow
from guildbase.platform.configuration.events import ConfigurationChanged
from guildbase.platform.guilds import controller as guild_controller
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.platform.guilds.events import GuildJoined, GuildLeft
from guildbase.platform.guilds.models import LEVELS, Guild, GuildConfig
from guildbase.platform.guilds.rules import ADMIN_LEVEL, MANAGE_GUILD, level_to_give, may_configure
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from tests.factories import member, new_id, set_general
from tests.statements import heard


@pytest.fixture
def guilds(services: BotServices) -> GuildController:
    return services.get(GuildController)


@pytest.fixture
def database(services: BotServices) -> DatabaseManager:
    return services.get(DatabaseManager)


async def _guild(database: DatabaseManager, guild_id: int) -> Guild | None:
    async with database.read_session() as session:
        return await Guild.get_by_id(session, guild_id)


async def _known(database: DatabaseManager, guild_id: int) -> Guild:
    guild = await _guild(database, guild_id)
    assert guild is not None
    return guild


async def _config(database: DatabaseManager, guild_id: int) -> GuildConfig:
    async with database.read_session() as session:
        config = await GuildConfig.get_by_id(session, guild_id)
    assert config is not None
    return config


def _level_roles(config: GuildConfig) -> dict[int, int]:
    roles = {getattr(config, f"perm_level_{level}_role_id"): level for level in LEVELS}
    return {role: level for role, level in roles.items() if role is not None}


async def test_joining_makes_the_guild_with_default_configuration(
    guilds: GuildController, database: DatabaseManager
) -> None:
    guild_id = new_id()
    before = utcnow()
    await guilds.join(guild_id)
    guild, config = await _known(database, guild_id), await _config(database, guild_id)
    assert before <= guild.joined_at <= utcnow()
    assert (guild.left_at, guild.purge_after) == (None, None)
    assert (config.prefix, config.locale, _level_roles(config)) == ("!", "en-US", {})


async def test_joining_twice_is_joining_once(guilds: GuildController, database: DatabaseManager) -> None:
    guild_id = new_id()
    await asyncio.gather(*(guilds.join(guild_id) for _ in range(10)))
    async with database.read_session() as session:
        assert (await Guild.count(session), await GuildConfig.count(session)) == (1, 1)


async def test_new_guilds_get_the_operators_prefix(database_url: str, registry: FeatureRegistry) -> None:
    services = assemble(Settings(database_url=database_url, default_prefix="?"), registry)
    guild_id = new_id()
    assert (await services.get(GuildController).load(guild_id)).prefix == "?"
    await services.get(GuildController).join(guild_id)
    assert (await _config(services.get(DatabaseManager), guild_id)).prefix == "?"
    await services.close()


async def test_leaving_keeps_everything_for_the_time_that_the_setting_gives(
    database_url: str, registry: FeatureRegistry
) -> None:
    services = assemble(Settings(database_url=database_url, guild_retention_days=7), registry)
    guilds, database, guild_id = services.get(GuildController), services.get(DatabaseManager), new_id()
    await guilds.join(guild_id)
    await set_general(services, guild_id, prefix="?")
    before = utcnow()
    await guilds.leave(guild_id)
    guild = await _known(database, guild_id)
    assert guild.left_at is not None
    assert before <= guild.left_at <= utcnow()
    assert guild.purge_after == guild.left_at + timedelta(days=7)
    assert (await _config(database, guild_id)).prefix == "?"
    await services.close()


async def test_leaving_twice_is_told_once_and_does_not_lengthen_the_time(
    services: BotServices, guilds: GuildController, database: DatabaseManager
) -> None:
    guild_id = new_id()
    await guilds.join(guild_id)
    await guilds.leave(guild_id)
    purge_after = (await _known(database, guild_id)).purge_after
    await guilds.leave(guild_id)
    assert (await _known(database, guild_id)).purge_after == purge_after
    actions = [entry.action for entry in await services.get(AuditController).entries(SYSTEM, guild_id)]
    assert actions == ["guilds.leave", "guilds.join"]


async def test_coming_back_within_the_time_is_as_if_nothing_had_been(
    services: BotServices, guilds: GuildController, database: DatabaseManager
) -> None:
    guild_id = new_id()
    await guilds.join(guild_id)
    joined_at = (await _known(database, guild_id)).joined_at
    await set_general(services, guild_id, prefix="?")
    await guilds.leave(guild_id)
    await guilds.join(guild_id)
    guild = await _known(database, guild_id)
    assert (guild.joined_at, guild.left_at, guild.purge_after) == (joined_at, None, None)
    assert (await guilds.load(guild_id)).prefix == "?"


async def test_leaving_a_guild_that_was_never_seen_is_kept_too(
    guilds: GuildController, database: DatabaseManager
) -> None:
    guild_id = new_id()
    await guilds.leave(guild_id)
    assert (await _known(database, guild_id)).left_at is not None


async def test_regression_a_first_start_stores_audit_rows_together(
    guilds: GuildController, database: DatabaseManager
) -> None:
    ids = [new_id() for _ in range(guild_controller.ARRIVE_BATCH + 1)]
    with heard(database, "INSERT INTO audit_entry") as inserts:
        await guilds.reconcile(set(ids), gone=set(), is_recent=False)
    assert len(inserts) == 2


async def test_presence_takes_in_thousands_of_guilds_at_once(
    services: BotServices, guilds: GuildController, database: DatabaseManager
) -> None:
    known, left, *new = (new_id() for _ in range(2_500))
    await guilds.join(known)
    await set_general(services, known, prefix="?")
    await guilds.leave(left)
    await guilds.reconcile({known, left, *new}, gone=set())
    async with database.read_session() as session:
        assert await Guild.count(session) == await GuildConfig.count(session) == 2_500
        assert await Guild.count(session, col(Guild.left_at).is_not(None)) == 0
        assert await Guild.count(session, col(Guild.purge_after).is_not(None)) == 0
    assert (await _config(database, known)).prefix == "?"


async def test_regression_a_removal_while_the_bot_was_away_starts_the_grace_period(
    guilds: GuildController, database: DatabaseManager
) -> None:
    here, elsewhere = (8 << 22) + 1, (9 << 22) + 1
    gone = (10 << 22) + 1
    await guilds.join(here)
    await guilds.join(gone)
    await guilds.join(elsewhere)
    assert await guilds.known_on(0, 2) == {here, gone}
    assert await guilds.known_on(1, 2) == {elsewhere}
    await guilds.reconcile({here}, gone={gone})
    left = await _known(database, gone)
    assert left.left_at is not None
    assert left.purge_after is not None
    assert (await _known(database, here)).left_at is None
    assert (await _known(database, elsewhere)).left_at is None


async def test_a_guild_that_was_left_stays_left_until_it_is_there_again(
    guilds: GuildController, database: DatabaseManager
) -> None:
    left = new_id()
    await guilds.leave(left)
    before = await _known(database, left)
    assert await guilds.known_on(0, 1) == set()
    await guilds.reconcile(set(), gone=set())
    assert (await _known(database, left)).left_at == before.left_at


async def test_200_concurrent_callers_get_dense_numbers(guilds: GuildController, database: DatabaseManager) -> None:
    guild_id = new_id()
    await guilds.join(guild_id)

    async def number() -> int:
        async with database.transaction() as work:
            return await guilds.next_number(work, guild_id, "case")

    numbers = await asyncio.gather(*(number() for _ in range(200)))
    assert sorted(numbers) == list(range(1, 201))


async def test_a_number_of_a_transaction_that_fails_is_given_again(
    guilds: GuildController, database: DatabaseManager
) -> None:
    guild_id = new_id()
    await guilds.join(guild_id)
    for _ in range(2):
        with pytest.raises(KeyError):
            async with database.transaction() as work:
                assert await guilds.next_number(work, guild_id, "case") == 1
                raise KeyError


async def test_every_guild_and_every_kind_counts_for_itself(guilds: GuildController, database: DatabaseManager) -> None:
    one, other = new_id(), new_id()
    await guilds.reconcile({one, other}, gone=set())
    async with database.transaction() as work:
        asked = [(one, "case"), (one, "case"), (other, "case"), (one, "ticket"), (one, "case")]
        assert [await guilds.next_number(work, guild_id, kind) for guild_id, kind in asked] == [1, 2, 1, 1, 3]


async def test_there_are_no_numbers_without_a_guild(guilds: GuildController, database: DatabaseManager) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as work:
            await guilds.next_number(work, new_id(), "case")


async def test_a_change_of_settings_is_seen_at_once(
    services: BotServices, guilds: GuildController, database: DatabaseManager
) -> None:
    guild_id, role, channel = new_id(), new_id(), new_id()
    await guilds.join(guild_id)
    assert (await guilds.load(guild_id)).prefix == "!"
    await set_general(services, guild_id, prefix="?", level_3_role=role, mod_log_channel=channel)
    assert guilds.peek(guild_id) is None
    snapshot = await guilds.load(guild_id)
    assert (snapshot.prefix, snapshot.level_of(frozenset({role}))) == ("?", 3)
    assert (await _config(database, guild_id)).mod_log_channel_id == channel


async def test_a_guild_that_is_not_known_is_not_found(services: BotServices, guilds: GuildController) -> None:
    guild_id = new_id()
    with pytest.raises(GuildNotFound, match=str(guild_id)):
        await set_general(services, guild_id, prefix="?")
    with pytest.raises(GuildNotFound):
        await guilds.require(guild_id)
    await guilds.join(guild_id)
    await guilds.require(guild_id)


async def test_the_snapshot_is_read_once_and_forgotten_when_the_bot_leaves(guilds: GuildController) -> None:
    guild_id = new_id()
    await guilds.join(guild_id)
    snapshots = await asyncio.gather(*(guilds.load(guild_id) for _ in range(20)))
    assert all(snapshot is snapshots[0] for snapshot in snapshots)
    await guilds.leave(guild_id)
    assert guilds.peek(guild_id) is None


async def test_others_hear_what_happens_to_guilds(services: BotServices, guilds: GuildController) -> None:
    told: list[Event] = []

    async def hear(event: Event) -> None:
        told.append(event)

    events = services.get(DatabaseManager).events
    for kind in (GuildJoined, ConfigurationChanged, GuildLeft):
        events.after_commit(kind, hear)
    guild_id = new_id()
    await guilds.join(guild_id)
    await set_general(services, guild_id, prefix="?")
    await guilds.leave(guild_id)
    assert told == [
        GuildJoined(guild_id),
        ConfigurationChanged(guild_id, "guilds", 1, ("prefix",)),
        GuildLeft(guild_id),
    ]


async def test_erasing_a_guild_takes_all_that_hangs_on_it(guilds: GuildController, database: DatabaseManager) -> None:
    guild_id = new_id()
    await guilds.join(guild_id)
    async with database.transaction() as work:
        await guilds.next_number(work, guild_id, "case")
        guild = (await work.session.execute(select(Guild))).scalar_one()
        await guild.delete(work.session)
    async with database.read_session() as session:
        assert await GuildConfig.count(session) == 0


@pytest.mark.parametrize("locale", ["de", "en-US", "pt-BR"])
def test_a_locale_is_a_language_and_perhaps_a_country(locale: str) -> None:
    assert GuildConfig(guild_id=new_id(), prefix="!", locale=locale).locale == locale


@pytest.mark.parametrize("locale", ["", "English", "en_US", "EN", "en-us", "en-US\n"])
def test_regression_anything_else_is_no_locale(locale: str) -> None:
    with pytest.raises(InvalidRow, match="locale"):
        GuildConfig(guild_id=new_id(), prefix="!", locale=locale)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_may_have_a_role(level: int) -> None:
    role, config = new_id(), GuildConfig(guild_id=new_id(), prefix="!")
    setattr(config, f"perm_level_{level}_role_id", role)
    assert _level_roles(config) == {role: level}


GUILD, ELSEWHERE = new_id(), new_id()


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(
    ("rights", "allowed"),
    [
        ({}, False),
        ({"is_guild_owner": True}, True),
        ({"permissions": ADMINISTRATOR}, True),
        ({"permissions": MANAGE_GUILD}, True),
        ({"permissions": MANAGE_GUILD | 1 << 11}, True),
        ({"permissions": ~(ADMINISTRATOR | MANAGE_GUILD) & (1 << 50) - 1}, False),
        *(({"level": level}, level >= ADMIN_LEVEL) for level in LEVELS),
    ],
)
def test_rights_to_configure_are_those_in_this_very_guild(rights: dict[str, Any], allowed: bool, there: bool) -> None:
    caller = member(GUILD if there else ELSEWHERE, **rights)
    assert may_configure(caller, GUILD) is (allowed and there)


def test_who_gives_levels_gives_none_above_their_own_and_none_elsewhere() -> None:
    admin = Caller(user_id=new_id(), guild_id=GUILD, permissions=ADMINISTRATOR)
    helper = Caller(user_id=new_id(), guild_id=GUILD, level=3)
    assert [level_to_give(caller, GUILD) for caller in (SYSTEM, admin, helper)] == [7, 7, 3]
    assert level_to_give(admin, GUILD + 1) == level_to_give(helper, GUILD + 1) == 0


def test_the_platform_may_configure_every_guild_and_a_stranger_none() -> None:
    assert may_configure(SYSTEM, GUILD)
    assert not may_configure(Caller(user_id=new_id(), permissions=ADMINISTRATOR), GUILD)


async def test_a_hundred_who_miss_at_once_cause_one_read(
    guilds: GuildController, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild_id, reads = new_id(), []
    await guilds.join(guild_id)
    read = PrebuiltRead.run

    async def counted(statement: PrebuiltRead, database: DatabaseManager, **parameters: Any) -> Any:
        reads.append(parameters)
        return await read(statement, database, **parameters)

    monkeypatch.setattr(PrebuiltRead, "run", counted)
    snapshots = await asyncio.gather(*(guilds.load(guild_id) for _ in range(100)))
    assert {id(snapshot) for snapshot in snapshots} == {id(snapshots[0])}
    assert reads == [{"guild_id": guild_id}]


async def test_the_prebuilt_read_finds_what_the_convenient_one_finds(
    services: BotServices, guilds: GuildController, database: DatabaseManager
) -> None:
    guild_id, roles = new_id(), {level: new_id() for level in LEVELS if level % 3}
    await guilds.join(guild_id)
    changes = {f"level_{level}_role": role for level, role in roles.items()}
    await set_general(services, guild_id, prefix="§§", locale="de", **changes)
    config, snapshot = await _config(database, guild_id), await guilds.load(guild_id)
    assert (snapshot.prefix, snapshot.locale) == (config.prefix, config.locale)
    assert snapshot.level_roles == _level_roles(config)
