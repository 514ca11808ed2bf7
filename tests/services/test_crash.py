"""A process may be killed at any moment: what it acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.outbox import OutboxEffect

ROUNDS = 10
PROMISER = """
import asyncio, sys
from guildbase.core.ports import SYSTEM, AuditRecord
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

class Promiser(BaseController):
    async def promise(self, key):
        async with self.transaction(SYSTEM) as work:
            await self.audit(work, AuditRecord("test.promise", target_type=key))
            return await self.services.get(Outbox).promise(work, "test.kind", {"key": key}, guild_id=None)

async def main(url, life):
    services = assemble(Settings(database_url=url), FeatureRegistry.discover())
    for number in range(100_000):
        key = f"{life}-{number}"
        await services.get(Promiser).promise(key)
        print(key, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def _live_and_die(url: str, life: int, dice: secrets.SystemRandom) -> set[str]:
    """Run the promiser, kill it at a random moment after its first words, and return what it acknowledged."""
    command = [sys.executable, "-c", PROMISER, url, str(life)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(dice.random() * 0.08)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    # The last line may be cut off in the middle; then it was not acknowledged.
    return {line.strip() for line in f"{first}{rest}".splitlines(keepends=True) if line.endswith("\n")}


@pytest.mark.timeout(180)
async def test_nothing_acknowledged_is_lost_and_nothing_is_half_written(database_url: str) -> None:
    acknowledged: set[str] = set()
    dice = secrets.SystemRandom()
    for life in range(ROUNDS):
        acknowledged |= _live_and_die(database_url, life, dice)
    assert len(acknowledged) >= ROUNDS

    database = DatabaseManager(database_url)
    async with database.read_session() as session:
        effects = [payload["key"] for payload in (await session.execute(select(col(OutboxEffect.payload)))).scalars()]
        audited = (await session.execute(select(col(AuditEntry.target_type)))).scalars().all()
        ids = (await session.execute(select(func.count(col(OutboxEffect.effect_id).distinct())))).scalar_one()
    await database.close()
    assert acknowledged <= set(effects)
    assert sorted(effects) == sorted(audited)
    assert len(set(effects)) == len(effects) == ids
