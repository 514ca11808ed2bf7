"""Workers that lock and unlock channels are killed at any moment; every channel comes back exactly."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import sys

import pytest

from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.features.channels.controller.lockdown import LockdownController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.simulator import Permission, ScriptedGuild, Simulator
from tests.waiting import until

log = logging.getLogger(__name__)
CHANNELS = 10
PUT = "PUT /channels/{channel_id}/permissions/{overwrite_id}"
# It tells the number of each life.
NURSERY = """
import asyncio, os, sys
from guildbase.features.channels.effects import settle_lock
from tests.nursery import Nursery

async def live():
    await nursery.bot(settle_lock, guild_id=guild_id)
    await asyncio.Event().wait()

*where, guild_id = sys.argv[1:]
nursery = Nursery(*where)
while True:
    child = nursery.bear(live)
    print(child, flush=True)
    os.waitpid(child, 0)
"""


@pytest.mark.timeout(240)
async def test_workers_killed_at_random_give_every_channel_back(
    postgresql_url: str, discord: Simulator, guild: ScriptedGuild, guildbase_seed: int
) -> None:
    vip = guild.role("VIP")
    for number in range(CHANNELS):
        await guild.owner.creates_channel(f"room-{number}")
        room = guild.find_channel(f"room-{number}")
        bits = str(int(Permission.SEND_MESSAGES if number % 2 else Permission.ATTACH_FILES))
        await guild.owner.does("PUT", f"/channels/{room.id}/permissions/{vip.id}", {"type": 0, "allow": bits})
    services = assemble(Settings(database_url=postgresql_url), FeatureRegistry.discover())
    await services.get(GuildController).join(guild.id)
    locks, before = services.get(LockdownController), _shape(guild)
    channel_ids = [channel.id for channel in guild.guild.channels.values() if channel.type in (0, 2)]
    await locks.lock(SYSTEM, guild.id, channel_ids, "crash")

    async def is_settled() -> bool:
        return not (await locks.progress(SYSTEM, guild.id)).pending

    dice, kills = random.Random(guildbase_seed), 0  # noqa: S311 - it decides nothing that is secret.
    nursery = await asyncio.create_subprocess_exec(
        sys.executable, "-c", NURSERY, postgresql_url, discord.base_url, discord.token, str(guild.id),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert nursery.stdout is not None
    try:
        for lives in (2, 1):
            for _ in range(lives):
                worker, seen = int(await nursery.stdout.readline()), discord.stats.requests[PUT]
                wanted = seen + dice.randint(1, 6)
                await until(lambda wanted=wanted: discord.stats.requests[PUT] >= wanted, timeout=60)  # type: ignore[misc]
                os.kill(worker, signal.SIGKILL)
                kills += 1
            await until(is_settled, timeout=60)
            if lives == 2:
                assert all(_is_silent(guild, channel_id) for channel_id in channel_ids)
                await locks.unlock(SYSTEM, guild.id, channel_ids)
    finally:
        nursery.kill()
        await nursery.communicate()
    differ = sum(_shape(guild)[it] != before[it] for it in channel_ids)
    log.info("%d kills, %d channels locked and given back, %d of them differ", kills, len(channel_ids), differ)
    assert _shape(guild) == before
    assert not await locks.locks(SYSTEM, guild.id)
    await services.close()


def _shape(guild: ScriptedGuild) -> dict[int, dict[int, tuple[int, int]]]:
    return {
        channel.id: {it.id: (int(it.allow), int(it.deny)) for it in channel.overwrites.values()}
        for channel in guild.guild.channels.values()
    }


def _is_silent(guild: ScriptedGuild, channel_id: int) -> bool:
    return bool(_shape(guild)[channel_id][guild.id][1] & int(Permission.SEND_MESSAGES))
