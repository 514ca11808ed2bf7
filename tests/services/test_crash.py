"""A process may be killed at any moment: what it acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.outbox import OutboxEffect

log = logging.getLogger(__name__)
LIVES = 200
# One process loads the program and forks a child for each life, because to start Python anew takes a second.
NURSERY = """
import asyncio, os, secrets, signal, sys, time
from sqlalchemy.orm import configure_mappers
from guildbase.core.ports import SYSTEM, AuditRecord
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

class Promiser(BaseController):
    async def promise(self, key):
        async def action(work):
            await self.audit(work, AuditRecord("test.promise", target_type=key))
            await self.services.get(Outbox).promise(work, "test.kind", {"key": key}, guild_id=None)
        await self.run(SYSTEM, action)

async def live(life, mouth):
    services = assemble(Settings(database_url=url), registry)
    for number in range(100_000):
        key = f"{life}-{number}"
        await services.get(Promiser).promise(key)
        os.write(mouth, f"{key}\\n".encode())

def live_and_die(life):
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        asyncio.run(live(life, mouth))
    os.close(mouth)
    with os.fdopen(ear) as said:
        # Every other life may end before its first word.
        first = said.readline() if life % 2 else ""
        time.sleep(dice.random() * (0.05 if life % 2 else 0.15))
        os.kill(child, signal.SIGKILL)
        rest = said.read()
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    # A line that is cut off was not acknowledged.
    return [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\\n")]

url, lives = sys.argv[1], int(sys.argv[2])
dice, registry = secrets.SystemRandom(), FeatureRegistry.discover()
configure_mappers()
for life in range(lives):
    sys.stdout.writelines(live_and_die(life))
"""


def _acknowledged(url: str) -> set[str]:
    command = [sys.executable, "-c", NURSERY, url, str(LIVES)]
    return set(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split())


@pytest.mark.timeout(300)
async def test_nothing_acknowledged_is_lost_and_nothing_is_half_written_by_200_killed_processes(
    database_url: str,
) -> None:
    acknowledged = await asyncio.to_thread(_acknowledged, database_url)
    log.info("%d lives, %d promises acknowledged", LIVES, len(acknowledged))
    assert len(acknowledged) >= LIVES // 2

    database = DatabaseManager(database_url)
    async with database.read_session() as session:
        effects = [payload["key"] for payload in (await session.execute(select(col(OutboxEffect.payload)))).scalars()]
        audited = (await session.execute(select(col(AuditEntry.target_type)))).scalars().all()
        ids = (await session.execute(select(func.count(col(OutboxEffect.effect_id).distinct())))).scalar_one()
    await database.close()
    assert acknowledged <= set(effects)
    assert sorted(effects) == sorted(audited)
    assert len(set(effects)) == len(effects) == ids
