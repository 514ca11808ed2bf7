"""Bots that are killed at any moment while they judge messages: each counts once, and each step is taken once."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.features.automod.controller import RuleController
from guildbase.features.automod.models import AutomodViolation
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.outbox import EffectState, OutboxEffect
from guildbase.simulator import Person, ScriptedGuild, Simulator
from tests.waiting import until

log = logging.getLogger(__name__)
KILLS = 3
PEOPLE = 2
"""For each of the two rules; everybody writes three messages."""
# A life judges the messages that were not acknowledged yet, and once more the last that was, as a gateway may tell of
# it again.
NURSERY = """
import asyncio, json, os, random, sys, time
from guildbase.bot.targets import bot_standing
from guildbase.core.clock import utcnow
from guildbase.core.targets import Target
from guildbase.features.automod import effects as automod_effects
from guildbase.features.automod.controller.enforcement import Broken, EnforcementController
from guildbase.features.automod.engine.facts import Facts
from guildbase.features.automod.judging import actor_in
from guildbase.features.moderation import effects
from guildbase.platform.guilds.controller import GuildController
from tests.nursery import Nursery

async def live(todo, mouth):
    handlers = (effects.enforce, effects.log_case, effects.tell_target, automod_effects.enforce, automod_effects.alert)
    bot = await nursery.bot(*handlers, guild_id=guild_id, knows_channels=True)
    os.write(mouth, b"!")
    judge = bot.services.get(EnforcementController)
    snapshot = await bot.services.get(GuildController).load(bot.here.id)
    for it in todo:
        facts = Facts(content=it["text"], now=utcnow(), guild_id=bot.here.id, message_id=it["message"],
                      channel_id=it["channel"], user_id=it["user"], user_name=it["name"])
        decision = await judge.judge(await judge.engine(snapshot), facts)
        target = Target(it["user"], it["name"])
        by = actor_in(bot, bot.here.id)
        await judge.enforce(Broken(facts, decision.hits, target, bot_standing(bot.here), by))
        os.write(mouth, b".")
    await asyncio.Event().wait()

def bear(acknowledged):
    ear, mouth = os.pipe()
    child = nursery.bear(lambda: live(messages[max(0, acknowledged - 1):], mouth))
    os.close(mouth)
    os.read(ear, 1)  # It has begun to work.
    return child, ear

def bury(child, ear, acknowledged):
    again = min(1, acknowledged)
    wanted = min(dice.randint(0, 5), len(messages) - acknowledged)
    heard = sum(len(os.read(ear, 1)) for _ in range(wanted + again))
    time.sleep(dice.uniform(0, 0.05))
    nursery.kill(child)
    heard += len(os.read(ear, 1000))
    return acknowledged + heard - again

*where, guild_id, seed, kills, file = sys.argv[1:]
nursery, dice, messages = Nursery(*where), random.Random(int(seed)), json.load(open(file))
acknowledged = 0
for life in range(int(kills)):
    child, ear = bear(acknowledged)
    acknowledged = bury(child, ear, acknowledged)
    print("killed after", acknowledged, flush=True)
child, ear = bear(acknowledged)
sys.stdin.read()
nursery.kill(child)
"""


async def _rules(services: BotServices, guild: ScriptedGuild) -> None:
    """Let bad words be warned of, and worse ones be counted: the third is a ban."""
    guilds = services.get(GuildController)
    await services.get(DatabaseManager).run(lambda work: guilds.ensure(work, guild.id))
    change = services.get(ConfigurationController).change
    await change(SYSTEM, guild.id, "moderation", {"warning_steps": ["2 = timeout 1h", "3 = timeout 2h"]})
    alerts = str(guild.find_channel("mod-log").id)
    await change(SYSTEM, guild.id, "automod", {"alert_channel": alerts, "ban_at": 3})
    for word, effect in (("bad", {"type": "warn"}), ("worse", {"type": "points", "amount": 1})):
        effects: list[dict[str, Any]] = [{"type": "delete"}, {"type": "alert"}, effect]
        document = {"trigger": {"type": "words", "words": [word]}, "effects": effects}
        await services.get(RuleController).create(SYSTEM, guild.id, {"name": word, "document": document})


@pytest.mark.timeout(180)
async def test_bots_killed_while_they_judge_count_each_message_once_and_take_each_step_once(
    postgresql_url: str, discord: Simulator, guild: ScriptedGuild, guildbase_seed: int, tmp_path: Path
) -> None:
    services = assemble(Settings(database_url=postgresql_url), FeatureRegistry.discover())
    database = services.get(DatabaseManager)
    await _rules(services, guild)
    people = {f"{word}-{n}": guild.member(f"{word}-{n}") for word in ("bad", "worse") for n in range(PEOPLE)}
    said, where = [], guild.find_channel("general").id
    for _ in range(3):
        for name, person in people.items():
            text = name.partition("-")[0]
            message: Any = await person.does("POST", f"/channels/{where}/messages", {"content": text})
            author = {"user": person.id, "name": person.name}
            said.append({"message": int(message["id"]), "channel": where, "text": text, **author})
    (tmp_path / "messages.json").write_text(json.dumps(said))

    async def is_over() -> bool:
        async with database.read_session(fresh=True) as session:
            waits = select(func.count()).select_from(OutboxEffect).where(col(OutboxEffect.state) != EffectState.DONE)
            judged = select(func.count()).select_from(AutomodViolation)
            is_quiet = (await session.execute(waits)).scalar_one() == 0
            return is_quiet and (await session.execute(judged)).scalar_one() == len(said)

    given = (postgresql_url, discord.base_url, discord.token, str(guild.id), str(guildbase_seed), str(KILLS))
    with discord.faults.rest("*", latency=(0.0, 0.05)):
        nursery = await asyncio.create_subprocess_exec(
            sys.executable, "-c", NURSERY, *given, str(tmp_path / "messages.json"), stdin=-1, stdout=-1
        )
        try:
            await until(is_over, timeout=120)
        finally:
            told, _ = await nursery.communicate(b"")
    log.info("%d messages, %d kills: %s", len(said), KILLS, told.decode().split("\n")[:-1])
    assert guild.messages() == []
    assert len(guild.messages("mod-log")) == len(said)
    async with database.read_session(fresh=True) as session:
        cases = (await session.execute(select(ModerationCase))).scalars().all()
        by_message = select(col(AutomodViolation.message_id), col(AutomodViolation.points))
        counted = [tuple(row) for row in await session.execute(by_message)]
        again = select(func.count()).select_from(OutboxEffect).where(col(OutboxEffect.attempts) > 1)
        interrupted = (await session.execute(again)).scalar_one()
    log.info("%d effects were begun again", interrupted)
    assert sorted(counted) == sorted((it["message"], int(it["text"] == "worse")) for it in said)
    for name, person in people.items():
        _assert_punished_once(name, person, [case for case in cases if case.target_id == person.id])
    await services.close()


def _assert_punished_once(name: str, person: Person, cases: list[ModerationCase]) -> None:
    """The ladder's second step may come before its first was told, and then takes its place."""
    counted = Counter((case.case_type, case.source) for case in cases)
    warned = sum("You were warned" in message.text for message in person.dms)
    if name.startswith("bad"):
        assert counted == {(CaseType.WARN, CaseSource.AUTOMOD): 3, (CaseType.TIMEOUT, CaseSource.LADDER): 2}
        assert warned == 3
        assert len(person.dms) <= 5
        done = [case.state for case in sorted(cases, key=lambda it: it.number) if case.case_type is CaseType.TIMEOUT]
        assert done[0] in (CaseState.CONFIRMED, CaseState.VOID)
        assert done[1] is CaseState.CONFIRMED
    else:
        assert counted == {(CaseType.BAN, CaseSource.AUTOMOD): 1}
        assert cases[0].state is CaseState.CONFIRMED
        assert person.is_banned
        assert len(person.dms) == 1
