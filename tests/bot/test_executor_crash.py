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
# Two live at a time.
NURSERY = """
import asyncio, random, sys, time
from guildbase.bot.effects import EffectHandler
from tests.nursery import Nursery

async def tell(run):
    channel = run.bot.get_partial_messageable(int(run.payload["channel"]))
    await channel.send(run.payload["text"], nonce=run.nonce)

async def live():
    await nursery.bot(EffectHandler("test.tell", tell, None))
    await asyncio.Event().wait()

def bear():
    return nursery.bear(live), time.monotonic() + dice.uniform(0.3, 2.5)

*where, seed = sys.argv[1:]
nursery, dice = Nursery(*where), random.Random(int(seed))
workers = [bear(), bear()]
while True:
    time.sleep(0.01)
    for worker in [worker for worker in workers if worker[1] < time.monotonic()]:
        nursery.kill(worker[0])
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
