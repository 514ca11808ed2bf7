"""Coming, going and coming back: each is told once, whoever notices it first, and also after the bot was away."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.events import Event
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds.controller import WELCOME, GuildController
from guildbase.platform.guilds.events import GuildJoined, GuildLeft, GuildReturned
from guildbase.platform.guilds.models import Guild
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from guildbase.services.outbox import OutboxEffect
from tests.factories import new_id, set_general


@pytest.fixture
def guilds(services: BotServices) -> GuildController:
    return services.get(GuildController)


@pytest.fixture
def heard(services: BotServices) -> list[Event]:
    """What was announced and committed."""
    events, heard = services.get(DatabaseManager).events, list[Event]()

    async def hear(event: Event) -> None:
        heard.append(event)

    for kind in (GuildJoined, GuildReturned, GuildLeft):
        events.after_commit(kind, hear)
    return heard


async def _welcomes(services: BotServices, guild_id: int) -> int:
    async with services.get(DatabaseManager).read_session() as session:
        promised = (col(OutboxEffect.kind) == WELCOME, col(OutboxEffect.guild_id) == guild_id)
        return (await session.execute(select(func.count()).where(*promised))).scalar_one()


async def test_a_join_that_several_notice_is_told_once(
    services: BotServices, guilds: GuildController, heard: list[Event]
) -> None:
    guild_id = new_id()
    await asyncio.gather(*(guilds.join(guild_id) for _ in range(5)), guilds.reconcile({guild_id}, gone=set()))
    await guilds.reconcile({guild_id}, gone=set())
    assert heard == [GuildJoined(guild_id)]
    assert await _welcomes(services, guild_id) == 1
    entries = await services.get(AuditController).entries(SYSTEM, guild_id)
    assert [entry.action for entry in entries] == ["guilds.join"]


async def test_rows_that_something_else_made_first_do_not_hide_the_join(
    services: BotServices, guilds: GuildController, heard: list[Event]
) -> None:
    guild_id = new_id()
    async with services.get(DatabaseManager).transaction() as work:
        await guilds.ensure(work, guild_id)
    await guilds.join(guild_id)
    assert heard == [GuildJoined(guild_id)]


async def test_what_happened_while_the_bot_was_away_is_told_like_the_rest(
    services: BotServices, guilds: GuildController, heard: list[Event]
) -> None:
    stayed, went, came, returned = (new_id() for _ in range(4))
    for guild_id in (stayed, went, returned):
        await guilds.join(guild_id)
    await guilds.leave(returned)
    heard.clear()
    await guilds.reconcile({stayed, came, returned}, gone={went})
    assert heard[0] == GuildLeft(went)
    assert sorted(heard[1:], key=repr) == [GuildJoined(came), GuildReturned(returned)]
    assert [await _welcomes(services, it) for it in (came, returned)] == [1, 1]
    heard.clear()
    await guilds.reconcile({stayed, came, returned}, gone={went})
    assert heard == []


async def test_on_the_first_start_servers_are_taken_in_and_nobody_is_greeted(
    services: BotServices, guilds: GuildController, heard: list[Event]
) -> None:
    guild_id = new_id()
    await guilds.reconcile({guild_id}, gone=set(), is_recent=False)
    assert heard == [GuildJoined(guild_id, is_recent=False)]
    assert await _welcomes(services, guild_id) == 0


async def test_leaving_twice_is_leaving_once_and_does_not_prolong_the_grace(
    services: BotServices, guilds: GuildController, heard: list[Event]
) -> None:
    guild_id = new_id()
    await guilds.join(guild_id)

    async def until() -> object:
        async with services.get(DatabaseManager).read_session() as session:
            guild = await Guild.get_by_id(session, guild_id)
        assert guild is not None
        return guild.purge_after

    await guilds.leave(guild_id)
    first = await until()
    await guilds.leave(guild_id)
    assert await until() == first
    assert heard == [GuildJoined(guild_id), GuildLeft(guild_id)]


async def test_after_the_grace_period_a_return_is_a_first_time(
    services: BotServices, guilds: GuildController, heard: list[Event]
) -> None:
    guild_id = new_id()
    await guilds.join(guild_id)
    await set_general(services, guild_id, prefix="?")
    await guilds.leave(guild_id)
    async with services.get(DatabaseManager).transaction() as work:
        over = {"left_at": utcnow() - timedelta(days=60), "purge_after": utcnow() - timedelta(days=30)}
        await work.session.execute(update(Guild).where(col(Guild.guild_id) == guild_id).values(over))
    privacy = services.get(PrivacyController)
    assert await privacy.announce_sweeps() == 1
    assert len(await privacy.finish()) == 1
    heard.clear()
    await guilds.join(guild_id)
    assert heard == [GuildJoined(guild_id)]
    assert (await guilds.load(guild_id)).prefix == "!"


async def test_an_arrival_that_cannot_be_told_is_none(
    services: BotServices, guilds: GuildController, heard: list[Event]
) -> None:
    guild_id = new_id()

    async def refuse(_event: GuildJoined, _work: object) -> None:
        raise RuntimeError("not now")

    events = services.get(DatabaseManager).events
    events.inside(GuildJoined, refuse)
    with pytest.raises(RuntimeError):
        await guilds.join(guild_id)
    assert heard == []
    assert await guilds.known_on(0, 1) == set()
