"""Workers are killed at any moment, also between sending and marking: nothing is lost and nothing is sent twice."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from guildbase.database.manager import DatabaseManager
from guildbase.services.outbox import EffectState, Outbox, OutboxEffect
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub import PubSub
from guildbase.simulator import ScriptedGuild, Simulator
from tests.waiting import until

log = logging.getLogger(__name__)
EFFECTS = 600
SEND = "POST /channels/{channel_id}/messages"
# One process loads the program and forks a worker for each life, because to start Python anew takes a second.
NURSERY = """
import asyncio, os, random, signal, sys, time
import discord
from sqlalchemy.orm import configure_mappers
from guildbase.bot.effects import EffectHandler
from guildbase.bot.executor import EffectExecutor
from guildbase.bot.target import point_at
from guildbase.bot.traffic import DiscordTraffic
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
from guildbase.services.outbox import Outbox
from guildbase.testing.postgresql import die_with_parent

class Worker(discord.Client):
    def report(self, error, *about, **more):
        print("worker failed:", repr(error), file=sys.stderr, flush=True)

async def tell(run):
    channel = run.bot.get_partial_messageable(int(run.payload["channel"]))
    await channel.send(run.payload["text"], nonce=run.nonce)

async def live():
    bot = Worker(intents=discord.Intents.none(), http_trace=(traffic := DiscordTraffic(60)).trace())
    bot.services, bot.settings, bot.traffic = assemble(settings, registry), settings, traffic
    await bot.login(token)
    executor = EffectExecutor(bot, bot.services.get(Outbox))
    executor.handlers["test.tell"] = EffectHandler("test.tell", tell, None)
    executor.start()
    await asyncio.Event().wait()

def bear():
    child = os.fork()
    if not child:
        die_with_parent()
        asyncio.run(live())
    return child, time.monotonic() + dice.uniform(0.3, 2.5)

url, api, token, seed = sys.argv[1:]
dice, registry = random.Random(int(seed)), FeatureRegistry.discover()
settings = Settings(database_url=url, discord_api_url=api, lease_ttl=1)
point_at(settings)
configure_mappers()
workers = [bear(), bear()]
while True:
    time.sleep(0.01)
    for worker in [worker for worker in workers if worker[1] < time.monotonic()]:
        os.kill(worker[0], signal.SIGKILL)
        assert os.waitpid(worker[0], 0)[1] == signal.SIGKILL
        print("killed", flush=True)
        workers.remove(worker)
        workers.append(bear())
"""


@pytest.mark.timeout(180)
async def test_workers_killed_at_random_neither_lose_nor_double_a_message(
    postgresql_url: str, discord: Simulator, guild: ScriptedGuild, guildbase_seed: int
) -> None:
    database = DatabaseManager(postgresql_url)
    channel = guild.find_channel("general").id
    outbox, texts = Outbox(database, PubSub(ProcessIdentity())), [f"reminder {n}" for n in range(EFFECTS)]
    async with database.transaction() as work:
        for text in texts:
            await outbox.promise(work, "test.tell", {"channel": str(channel), "text": text}, guild_id=None)

    async def is_over() -> bool:
        async with database.read_session() as session:
            is_open = col(OutboxEffect.state) != EffectState.DONE
            return (await session.execute(select(func.count()).where(is_open))).scalar_one() == 0

    with discord.faults.rest(SEND, latency=(0.0, 0.05)):
        nursery = await asyncio.create_subprocess_exec(
            sys.executable, "-c", NURSERY, postgresql_url, discord.base_url, discord.token, str(guildbase_seed),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            await until(is_over, timeout=150)
        finally:
            nursery.kill()
            told, _ = await nursery.communicate()
    await database.close()
    sent = Counter(message.content for message in discord.world.messages[channel].values())
    kills, calls = told.count(b"killed"), discord.stats.requests[SEND]
    log.info(
        "%d kills, %d effects: never sent %d, sent twice %d; %d were sent again and known by their nonce",
        kills, EFFECTS, len(set(texts) - sent.keys()), sum(sent.values()) - len(sent), calls - EFFECTS,
    )  # fmt: skip
    assert kills >= 5
    assert sent == Counter(texts)
