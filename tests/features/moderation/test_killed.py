"""Bots that are killed at any moment while they ban, tell and lift: nothing is lost and nothing happens twice."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from guildbase.core.ports import ADMINISTRATOR, SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.targets import Target
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.controller import ActionController, ModerationController
from guildbase.features.moderation.kinds import CaseState, CaseType
from guildbase.features.moderation.models import Punishment
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueItem, DueState
from guildbase.services.outbox import EffectState, OutboxEffect
from guildbase.simulator import Person, ScriptedGuild, Simulator
from tests.factories import moderator
from tests.waiting import until

log = logging.getLogger(__name__)
KILLS = 5
PEOPLE = 4
"""For each type of case."""
# Each life has the due work and the effects of a bot.
NURSERY = """
import os, random, select, sys, time
from dataclasses import replace
from datetime import timedelta
from guildbase.features.moderation import effects, jobs
from guildbase.services.due_work import claims
from guildbase.services.due_work.worker import DueWorker
from tests.nursery import Nursery

def telling(handler):
    async def run(effect):
        os.write(mouth, b".")
        await handler.run(effect)
    return replace(handler, run=run)

async def live():
    handlers = (effects.enforce, effects.log_case, effects.tell_target)
    bot = await nursery.bot(*map(telling, handlers), guild_id=guild_id)
    worker = DueWorker(bot.services, poll=0.05, lease=timedelta(seconds=0.5))
    worker.handlers = {jobs.expire.kind: jobs.expire}
    await worker.run()

def hear(seconds):
    if select.select([ear], [], [], seconds)[0]:
        os.read(ear, 1)

*where, guild_id, seed, kills = sys.argv[1:]
nursery, dice, claims.MAX_ATTEMPTS = Nursery(*where), random.Random(int(seed)), 1000
ear, mouth = os.pipe()
for life in range(int(kills)):
    child = nursery.bear(live)
    for effect in range(dice.randint(1, 4)):  # Kill it at its work, if there is still some.
        hear(5)
    time.sleep(dice.uniform(0, 0.05))
    nursery.kill(child)
child = nursery.bear(live)
sys.stdin.read()
nursery.kill(child)
"""
TYPES = {
    CaseType.TEMPBAN: CaseState.EXPIRED,
    CaseType.BAN: CaseState.CONFIRMED,
    CaseType.SOFTBAN: CaseState.CONFIRMED,
    CaseType.KICK: CaseState.CONFIRMED,
}


async def _act(services: BotServices, guild: ScriptedGuild) -> dict[Person, tuple[CaseType, int]]:
    """Open cases of all these types about one person each; the temporary bans are over in a second."""
    caller = moderator(guild.id, permissions=ADMINISTRATOR, top_role=50)
    acted = {}
    for case_type in TYPES:
        for number in range(PEOPLE):
            person = guild.member(f"{case_type}-{number}")
            duration = timedelta(seconds=1) if case_type is CaseType.TEMPBAN else None
            new = NewAction(case_type, Target(person.id, person.name), "Spam", duration=duration)
            opened = await services.get(ActionController).act(caller, guild.id, new)
            acted[person] = (case_type, opened.case.number)
    return acted


async def _audit(database: DatabaseManager) -> Counter[str]:
    async with database.read_session(fresh=True) as session:
        return Counter((await session.execute(select(col(AuditEntry.action)))).scalars())


@pytest.fixture
async def services(postgresql_url: str, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    assembled = assemble(Settings(database_url=postgresql_url), registry)
    yield assembled
    await assembled.close()


@pytest.mark.timeout(180)
async def test_bots_killed_while_they_act_lose_and_double_nothing(
    services: BotServices, postgresql_url: str, discord: Simulator, guild: ScriptedGuild, guildbase_seed: int
) -> None:
    database, acted = services.get(DatabaseManager), await _act(services, guild)

    async def is_over() -> bool:
        async with database.read_session(fresh=True) as session:
            waits = select(func.count()).select_from(OutboxEffect).where(col(OutboxEffect.state) != EffectState.DONE)
            is_due = select(func.count()).select_from(DueItem).where(col(DueItem.state) != DueState.DONE)
            return not any([(await session.execute(it)).scalar_one() for it in (waits, is_due)])

    given = (postgresql_url, discord.base_url, discord.token, str(guild.id), str(guildbase_seed), str(KILLS))
    with discord.faults.rest("*", latency=(0.0, 0.08)):
        nursery = await asyncio.create_subprocess_exec(sys.executable, "-c", NURSERY, *given, stdin=-1)
        try:
            await until(is_over, timeout=120)
        finally:
            await nursery.communicate(b"")
    for person, (case_type, number) in acted.items():
        case = await services.get(ModerationController).get_case(SYSTEM, guild.id, number)
        assert (case_type, case.state, case.failure) == (case_type, TYPES[case_type], None)
        assert (case_type, person.is_banned) == (case_type, case_type is CaseType.BAN)
        if case_type is CaseType.TEMPBAN:  # Its second may be over before it was done, and then nobody is told.
            assert len(person.dms) <= 1
        else:
            assert (case_type, person.membership, len(person.dms)) == (case_type, None, 1)
    async with database.read_session(fresh=True) as session:
        left = await session.execute(select(col(Punishment.number)))
        assert sorted(left.scalars()) == [number for kind, number in acted.values() if kind is CaseType.BAN]
        again = select(func.count()).select_from(OutboxEffect).where(col(OutboxEffect.attempts) > 1)
        interrupted = (await session.execute(again)).scalar_one()
    log.info("%d kills; of %d effects %d were begun again", KILLS, len(acted) + PEOPLE, interrupted)
    told = {f"moderation.{case_type}": PEOPLE for case_type in TYPES} | {"moderation.expire": PEOPLE}
    assert await _audit(database) == told
