"""A bot that is killed between coming in and finding who brought it forgets nobody."""

from __future__ import annotations

import asyncio
import sys

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.core.ports import SYSTEM
from guildbase.platform.access.controller import FIND_INSTALLER, AccessController
from guildbase.services.container import BotServices
from guildbase.services.database import DatabaseService
from guildbase.services.outbox import EffectState, OutboxEffect
from guildbase.simulator import ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from tests.waiting import until

JOINS = """
import asyncio, os, signal, sys
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.access.controller import AccessController
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.events import GuildJoined
from guildbase.services.assembly import assemble

async def main():
    url, guild_id, when = sys.argv[1:]
    services = assemble(Settings(database_url=url), FeatureRegistry.discover())
    events = services.get(DatabaseManager).events
    events.inside(GuildJoined, services.get(AccessController).promise_installer)
    async def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    (events.inside if when == "before" else events.after_commit)(GuildJoined, die)
    await services.get(GuildController).join(int(guild_id))

asyncio.run(main())
"""


async def _killed(url: str, guild_id: int, when: str) -> int:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", JOINS, url, str(guild_id), when)
    return await asyncio.wait_for(process.wait(), 60)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_kill_around_the_commit_of_the_arrival_loses_no_installer(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, guildbase_sqlite_url: str, when: str
) -> None:
    assert await _killed(guildbase_sqlite_url, guild.id, when) == -9
    bot = (await start_guildbase()).bot
    access = bot.services.get(AccessController)

    async def is_there() -> bool:
        return bool(await access.rows(SYSTEM, guild.id))

    await until(is_there)
    await until(lambda: _promises(bot.services, EffectState.DONE))
    [row] = await access.rows(SYSTEM, guild.id)
    assert (row.holder_id, row.source) == (guild.owner.id, "owner")


async def _promises(services: BotServices, state: EffectState) -> bool:
    """Tell whether there is one promise, and it has come so far."""
    found = select(col(OutboxEffect.state)).where(col(OutboxEffect.kind) == FIND_INSTALLER)
    async with services.get(DatabaseService).read_session() as session:
        return list((await session.execute(found)).scalars()) == [state]
