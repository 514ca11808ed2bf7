"""Settings across processes: a change reaches the others, and a killed process leaves nothing by half."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.configuration.models import ConfigurationHistory, GuildSettings
from guildbase.platform.configuration.schemas import ToggleSettings, off_reason
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.pubsub import PubSub
from tests.factories import new_id
from tests.waiting import until

log = logging.getLogger(__name__)
LIVES = 20
# One process loads the program and forks a child for each life, because to start Python anew takes a second.
NURSERY = """
import asyncio, os, secrets, signal, sys, time
from pathlib import Path
from sqlalchemy.orm import configure_mappers
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.assembly import assemble

async def live(life, mouth):
    services = assemble(Settings(database_url=url), registry)
    controller = services.get(ConfigurationController)
    for number in range(100_000):
        value = life * 100_000 + number + 1
        changed = await controller.change(SYSTEM, guild_id, "greeter", {"words": {"value": value}})
        os.write(mouth, f"{changed.version} {value}\\n".encode())

def live_and_die(life):
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        asyncio.run(live(life, mouth))
    os.close(mouth)
    with os.fdopen(ear) as said:
        first = said.readline() if life % 2 else ""
        time.sleep(dice.random() * (0.05 if life % 2 else 0.15))
        os.kill(child, signal.SIGKILL)
        rest = said.read()
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    return [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\\n")]

url, folder, guild_id, lives = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
dice, registry = secrets.SystemRandom(), FeatureRegistry.discover(folder)
registry.settings_models()
configure_mappers()
for life in range(lives):
    sys.stdout.writelines(live_and_die(life))
"""


@pytest.mark.timeout(300)
async def test_killed_processes_leave_no_gap_and_nothing_by_half(
    services: BotServices, database_url: str, tmp_path: Path, guild_id: int
) -> None:
    command = [sys.executable, "-c", NURSERY, database_url, str(tmp_path / "features"), str(guild_id), str(LIVES)]
    run = await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.PIPE, text=True)
    acknowledged = {int(version): int(value) for version, value in (line.split() for line in run.stdout.splitlines())}
    log.info("%d lives, %d changes acknowledged", LIVES, len(acknowledged))
    assert len(acknowledged) >= LIVES // 2

    async with services.get(DatabaseManager).read_session() as session:
        wanted = select(ConfigurationHistory).where(ConfigurationHistory.guild_id == guild_id)  # type: ignore[arg-type]
        history = {row.version: row.document["words"]["value"] for row in (await session.execute(wanted)).scalars()}
        settings = await GuildSettings.get_by_id(session, (guild_id, "greeter"))
        kinds = select(AuditEntry.action).where(AuditEntry.guild_id == guild_id)  # type: ignore[call-overload]
        audited = (await session.execute(kinds)).scalars().all()
    assert acknowledged.items() <= history.items()
    assert sorted(history) == list(range(1, len(history) + 1))
    assert settings is not None
    assert (settings.version, settings.document["words"]["value"]) == (len(history), history[len(history)])
    assert audited.count("configuration.set") == len(history)


async def _start(settings: Settings, registry: FeatureRegistry) -> BotServices:
    assembled = assemble(settings, registry)
    await assembled.start()
    await until(lambda: assembled.get(PubSub).is_live)
    return assembled


async def test_a_change_in_another_process_is_seen_within_a_second(
    redis_settings: dict[str, Any], database_url: str, registry: FeatureRegistry
) -> None:
    settings = Settings(database_url=database_url, database_pool_timeout=30, **redis_settings)
    panel, bot = await _start(settings, registry), await _start(settings, registry)
    try:
        guild_id, guilds = new_id(), bot.get(GuildController)

        async def reason() -> str | None:
            toggles = (await guilds.load(guild_id)).get(ToggleSettings)
            return off_reason(toggles, "greeter", "greet")

        async def is_seen(wanted: str) -> bool:
            return await reason() == wanted

        await guilds.join(guild_id)
        assert await reason() is None
        waits = []
        for number in range(1, 11):
            wanted = f"Reason {number}"
            began = time.perf_counter()
            off = {"features_off": {"greeter": wanted}}
            await panel.get(ConfigurationController).change(SYSTEM, guild_id, "configuration", off)
            await until(partial(is_seen, wanted))
            waits.append(time.perf_counter() - began)
        log.info("a change is seen in the other process after %.1f ms (median of 10)", sorted(waits)[5] * 1000)
    finally:
        await panel.close()
        await bot.close()
