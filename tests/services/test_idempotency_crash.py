"""A process may be killed at any moment of a request that is sent until it is answered: it has one effect."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections import Counter

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.idempotency import IdempotentAnswer

log = logging.getLogger(__name__)
LIVES = 25
# One process loads the program and forks a child for each life. A child goes on with the first request unanswered.
NURSERY = """
import asyncio, os, secrets, signal, sys, time
from dataclasses import dataclass
from sqlalchemy.orm import configure_mappers
import guildbase.services.idempotency as idempotency
from guildbase.core.errors import Conflict
from guildbase.core.ports import SYSTEM, AuditRecord
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
from guildbase.services.controller import BaseController

@dataclass(frozen=True)
class Done:
    name: str

class Worker(BaseController):
    async def work(self, name):
        async def action(work):
            await self.audit(work, AuditRecord("test.work", target_type=name))
            return Done(name)
        return await self.once(SYSTEM, idempotency.IdempotencyKey.of(name, b"x"), Done, action)

async def live(begin, mouth):
    services = assemble(Settings(database_url=url), registry)
    for number in range(begin, begin + 100_000):
        while True:
            try:
                assert (await services.get(Worker).work(f"k{number}")).name == f"k{number}"
                break
            except Conflict:  # The server has not noticed yet that the one before was killed.
                await asyncio.sleep(0.01)
        os.write(mouth, f"{number}\\n".encode())

def live_and_die(begin, life):
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        asyncio.run(live(begin, mouth))
    os.close(mouth)
    with os.fdopen(ear) as said:
        first = said.readline() if life % 2 else ""
        time.sleep(dice.random() * (0.03 if life % 2 else 0.15))
        os.kill(child, signal.SIGKILL)
        rest = said.read()
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    answered = [int(line) for line in (first + rest).splitlines(keepends=True) if line.endswith("\\n")]
    return answered[-1] + 1 if answered else begin

url, lives = sys.argv[1], int(sys.argv[2])
dice, registry, begin = secrets.SystemRandom(), FeatureRegistry.discover(), 0
configure_mappers()
for life in range(lives):
    begin = live_and_die(begin, life)
print(begin)
"""


@pytest.mark.timeout(300)
async def test_requests_that_are_repeated_over_25_killed_processes_have_one_effect_each(database_url: str) -> None:
    command = [sys.executable, "-c", NURSERY, database_url, str(LIVES)]
    run = await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.PIPE, text=True)
    answered = int(run.stdout)
    database = DatabaseManager(database_url)
    async with database.read_session() as session:
        effects = Counter((await session.execute(select(col(AuditEntry.target_type)))).scalars())
        keys = set((await session.execute(select(col(IdempotentAnswer.key)))).scalars())
    await database.close()
    doubled = sum(count > 1 for count in effects.values())
    log.info("%d lives, %d requests answered, double effects: %d", LIVES, answered, doubled)
    assert answered >= LIVES // 2
    assert doubled == 0
    # The work and its answer are stored together, and nothing that was answered is missing.
    assert set(effects) == keys >= {f"k{number}" for number in range(answered)}
