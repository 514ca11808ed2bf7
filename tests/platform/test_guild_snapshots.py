"""The snapshots of guilds: warmed at the start, in step with what any process changes, as quick as a dict."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from guildbase.core.ports import SYSTEM, GuildSnapshot
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds import controller as guild_controller
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.pubsub import PubSub
from tests.factories import new_id
from tests.waiting import until


async def start(settings: Settings, registry: FeatureRegistry) -> BotServices:
    """Return the services of one more process, which hears of changes."""
    assembled = assemble(settings, registry)
    await assembled.start()
    await until(lambda: assembled.get(PubSub).is_live)
    return assembled


@pytest.fixture
async def running(backing: dict[str, Any], settings: Settings, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    services = await start(settings, registry)
    yield services
    await services.close()


@pytest.fixture
def guilds(running: BotServices) -> GuildController:
    return running.get(GuildController)


async def test_a_snapshot_is_in_memory_until_it_changes(guilds: GuildController) -> None:
    guild_id, role = new_id(), new_id()
    await guilds.join(guild_id)
    assert guilds.peek(guild_id) is None
    snapshot = await guilds.load(guild_id)
    assert snapshot == GuildSnapshot(guild_id, "!", "en-US", {}, "free")
    assert guilds.peek(guild_id) is snapshot
    await guilds.configure(SYSTEM, guild_id, prefix="?", perm_level_2_role_id=role)
    assert guilds.peek(guild_id) is None
    changed = await guilds.load(guild_id)
    assert (changed.prefix, dict(changed.level_roles)) == ("?", {role: 2})
    assert guilds.peek(guild_id) is changed


async def test_all_guilds_are_warmed_with_few_statements(
    guilds: GuildController, database: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guild_controller, "WARM_BATCH", 4)
    ids = [new_id() for _ in range(10)]
    await guilds.reconcile(set(ids), gone=set())
    await guilds.configure(SYSTEM, ids[3], prefix="?")
    stranger = new_id()
    await guilds.warm({*ids, stranger})
    found = [guilds.peek(guild_id) for guild_id in [*ids, stranger]]
    assert [snapshot.prefix for snapshot in found if snapshot] == ["!"] * 3 + ["?"] + ["!"] * 7
    assert found == [await guilds.load(guild_id) for guild_id in [*ids, stranger]]
    await guilds.leave(ids[0])
    assert guilds.peek(ids[0]) is None
    assert guilds.peek(ids[1]) is not None


async def test_a_change_in_another_process_is_seen(
    redis_settings: dict[str, Any], database_url: str, registry: FeatureRegistry
) -> None:
    settings = Settings(database_url=database_url, database_pool_timeout=30, **redis_settings)
    one, two = await start(settings, registry), await start(settings, registry)
    try:
        guild_id, bot, panel = new_id(), one.get(GuildController), two.get(GuildController)
        await bot.join(guild_id)
        assert (await bot.load(guild_id)).prefix == "!"
        await panel.configure(SYSTEM, guild_id, prefix="?")
        await until(lambda: bot.peek(guild_id) is None)
        assert (await bot.load(guild_id)).prefix == "?"
    finally:
        await one.close()
        await two.close()


CHANGER = """
import asyncio, os, sys
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
async def main():
    url, redis, namespace, guild_id, prefix = sys.argv[1:]
    services = assemble(
        Settings(database_url=url, redis_url=redis, redis_namespace=namespace), FeatureRegistry.discover()
    )
    await services.get(GuildController).configure(SYSTEM, int(guild_id), prefix=prefix)
    await services.close()
asyncio.run(main())
"""


async def test_a_command_line_in_a_process_of_its_own_changes_what_the_bot_sees(
    redis_settings: dict[str, Any], sqlite_url: str, registry: FeatureRegistry
) -> None:
    services = await start(Settings(database_url=sqlite_url, **redis_settings), registry)
    try:
        guild_id, bot = new_id(), services.get(GuildController)
        await bot.join(guild_id)
        await bot.load(guild_id)
        where = [sqlite_url, redis_settings["redis_url"], redis_settings["redis_namespace"]]
        command = [sys.executable, "-c", CHANGER, *where, str(guild_id), "?"]
        await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)
        await until(lambda: bot.peek(guild_id) is None)
        assert (await bot.load(guild_id)).prefix == "?"
        assert services.get(CacheService).stats().invalidations >= 1
    finally:
        await services.close()
