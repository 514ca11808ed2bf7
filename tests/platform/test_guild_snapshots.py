"""The snapshots of guilds: warmed at the start, in step with what any process changes, as quick as a dict."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guildbase.core.ports import GuildSnapshot
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds import controller as guild_controller
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.copies import SnapshotCodec
from guildbase.platform.guilds.models import GuildCounter
from guildbase.platform.guilds.parts import SnapshotParts
from guildbase.services.assembly import assemble
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.pubsub import PubSub
from tests.factories import new_id, set_general
from tests.local_features import LocalFeatures
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


async def test_a_snapshot_is_in_memory_until_it_changes(running: BotServices, guilds: GuildController) -> None:
    guild_id, role = new_id(), new_id()
    await guilds.join(guild_id)
    assert guilds.peek(guild_id) is None
    snapshot = await guilds.load(guild_id)
    assert snapshot == GuildSnapshot(guild_id, "!", "en-US", {}, "free", version=1)
    assert guilds.peek(guild_id) is snapshot
    await set_general(running, guild_id, prefix="?", level_2_role=role)
    assert guilds.peek(guild_id) is None
    changed = await guilds.load(guild_id)
    assert (changed.prefix, dict(changed.level_roles)) == ("?", {role: 2})
    assert guilds.peek(guild_id) is changed


async def test_all_guilds_are_warmed_with_few_statements(
    running: BotServices, guilds: GuildController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guild_controller, "WARM_BATCH", 4)
    ids = [new_id() for _ in range(10)]
    await guilds.reconcile(set(ids), gone=set())
    await set_general(running, ids[3], prefix="?")
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
        guild_id, bot = new_id(), one.get(GuildController)
        await bot.join(guild_id)
        assert (await bot.load(guild_id)).prefix == "!"
        await set_general(two, guild_id, prefix="?")
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
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.assembly import assemble
async def main():
    url, redis, namespace, guild_id, prefix = sys.argv[1:]
    services = assemble(
        Settings(database_url=url, redis_url=redis, redis_namespace=namespace), FeatureRegistry.discover()
    )
    await services.get(ConfigurationController).change(SYSTEM, int(guild_id), "guilds", {"prefix": prefix})
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


TALLIES = """
from guildbase.platform.guilds.models import GuildCounter
from guildbase.platform.guilds.parts import SnapshotPart

counters = GuildCounter.__table__

class Cases(int):
    pass

class Grants(int):
    pass

def make(kind, guild_id, rows):
    return kind(sum(value for value, in rows))

CASES = SnapshotPart(Cases, counters, ("value",), make, where=counters.c.kind == "case")
GRANTS = SnapshotPart(Grants, counters, ("value",), make, where=counters.c.kind == "access")
"""


async def test_regression_two_parts_may_be_made_of_one_table(settings: Settings, tmp_path: Path) -> None:
    features, guild_id = LocalFeatures(tmp_path / "features"), new_id()
    features.write("tallies", "snapshot_parts=('snapshot:CASES', 'snapshot:GRANTS')", snapshot=TALLIES)
    registry = FeatureRegistry.discover(features.folder)
    services = assemble(settings, registry)
    guilds = services.get(GuildController)
    await guilds.join(guild_id)
    async with services.get(DatabaseManager).transaction() as work:
        for kind in ("case", "case", "case", "access", "other"):
            await guilds.next_number(work, guild_id, kind)
    snapshot = await guilds.load(guild_id)
    codec = SnapshotCodec(SnapshotParts(registry))
    for read in (snapshot, codec.decode(codec.encode(snapshot))):
        assert [read.get(part.kind) for part in registry.snapshot_parts()[-2:]] == [3, 1]
    await services.close()
    # A process of another version of the feature, whose part holds other rows, must not read this copy.
    grants = registry.snapshot_parts()[-1]
    assert replace(grants, where=GuildCounter.__table__.c.kind == "other").reads != grants.reads
