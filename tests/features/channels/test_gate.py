"""The gate for newcomers through a working Discord."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.effects import EffectRun
from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.channels.controller.gate import GateController
from guildbase.features.channels.effects import remove_newcomer
from guildbase.features.channels.kinds import NewcomerState
from guildbase.features.channels.rules.gate import Knock, refusal
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.simulator import Person, ScriptedGuild, Simulator
from tests.factories import member as a_member
from tests.factories import new_id
from tests.features.setup.scripted import press
from tests.waiting import until


async def _close(bot: GuildbaseBot, guild: ScriptedGuild, **changes: Any) -> None:
    roles = {"gate_role": str(guild.role("Member").id), "gate_unverified_role": str(guild.role("New").id)}
    log = {"gate_log_channel": str(guild.find_channel("mod-log").id)}
    await bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "channels", roles | log | changes)


async def _somebody(guild: ScriptedGuild) -> None:
    """Let there be a member from before the gate, of whom the bot has heard."""
    guild.member("somebody", roles=["Member", "New"])
    await guild.owner.slash("ping")


async def _until_has(person: Person, *roles: str) -> None:
    await until(lambda: sorted(person.roles) == sorted(roles))


async def test_a_newcomer_is_marked_and_let_in_by_the_button(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    await _somebody(guild)
    await _close(guildbase_bot, guild, gate_text="Be kind.")
    assert "The gate stands in" in (await guild.owner.slash("gate panel")).text
    newcomer = guild.member("newcomer")
    await _until_has(newcomer, "New")
    assert "1 wait." in (await guild.owner.slash("gate status")).text
    panel = await newcomer.hears(in_channel="general", matching="Be kind.")
    entered = await newcomer.clicks(panel, "Let me in")
    assert "is in. Welcome!" in entered.text
    assert entered.ephemeral
    await _until_has(newcomer, "Member")
    assert "passed the gate" in (await guild.owner.hears(in_channel="mod-log")).text
    # A second press makes sure of it, and is told once.
    assert "is in. Welcome!" in (await newcomer.clicks(panel, "Let me in")).text
    assert "0 wait." in (await guild.owner.slash("gate status")).text


async def test_a_question_has_to_be_answered_and_not_too_often(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    await _somebody(guild)
    asked = {"gate_mode": "question", "gate_question": "Which rule is first?", "gate_answers": ["Be  Kind"]}
    await _close(guildbase_bot, guild, **asked, gate_attempts=2)
    quick, wrong = guild.member("quick"), guild.member("wrong")
    form = (await press(await quick.slash("verify"), "enter")).modal
    assert form is not None
    assert "is in" in (await form.submit(answer=" be kind")).text
    panel = await wrong.slash("verify")
    for left in (1, 0):
        form = (await press(panel, "enter")).modal
        assert form is not None
        answer = await form.submit(answer="money")
        assert f"You may try {left} more times" in answer.text
    assert "ask the staff" in (await press(panel, "enter")).text
    assert "wrong> is in" in (await guild.owner.slash("gate admit", member=wrong)).text.replace(str(wrong.id), "wrong")
    await until(lambda: "Member" in wrong.roles)


async def test_a_sum_is_asked_where_no_question_is_set(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    await _somebody(guild)
    await _close(guildbase_bot, guild, gate_mode="sum")
    newcomer = guild.member("newcomer")
    form = (await press(await newcomer.slash("verify"), "enter")).modal
    assert form is not None
    (label,) = [field for field in _labels(form) if "What is" in field]
    first, second = (int(word.strip("?")) for word in label.split() if word.strip("?").isdigit())
    assert "is in" in (await form.submit(answer=str(first + second))).text


def _labels(form: Any) -> list[str]:
    found: list[str] = []

    def look(item: Any) -> None:
        if isinstance(item, dict):
            if isinstance(item.get("label"), str):
                found.append(item["label"])
            for value in item.values():
                look(value)
        elif isinstance(item, list | tuple):
            for value in item:
                look(value)

    look(form.components)
    return found


async def test_who_does_not_get_in_in_time_is_kicked_and_whoever_did_stays(
    guildbase_bot: GuildbaseBot, guildbase_due_work: None, guild: ScriptedGuild
) -> None:
    await _somebody(guild)
    await _close(guildbase_bot, guild, gate_kick_after="1h")
    slow, quick = guild.member("slow"), guild.member("quick")
    await _until_has(slow, "New")
    await _until_has(quick, "New")
    await press(await quick.slash("verify"), "enter")
    async with guildbase_bot.services.get(DatabaseManager).transaction() as work:
        past = text("UPDATE due_work SET due_at = '2020-01-01 00:00:00.000000' WHERE kind = 'channels.remove_newcomer'")
        await work.session.execute(past)
    await until(lambda: slow.membership is None)
    assert quick.membership is not None
    keeper = guildbase_bot.services.get(GateController)
    assert await keeper.state(guild.id, slow.id) is NewcomerState.REMOVED


async def test_when_the_role_is_out_of_reach_everybody_is_told(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    await _somebody(guild)
    await _close(guildbase_bot, guild)
    newcomer = guild.member("newcomer")
    await _until_has(newcomer, "New")
    with discord.faults.rest("PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}", status=403, code=50013):
        reply = await press(await newcomer.slash("verify"), "enter")
    assert "did not let me give the role" in reply.text
    assert "check my roles" in (await guild.owner.hears(in_channel="mod-log")).text
    assert "is in" in (await press(await newcomer.slash("verify"), "enter")).text


async def test_without_a_gate_nobody_waits(guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person) -> None:
    assert "has no gate" in (await member.slash("verify")).text
    assert "gives no role yet" in (await guild.owner.slash("gate panel")).text
    assert "The gate is open" in (await guild.owner.slash("gate status")).text
    keeper = guildbase_bot.services.get(GateController)
    await keeper.arrive(guild.id, member.id, utcnow())
    assert await keeper.state(guild.id, member.id) is None
    with pytest.raises(Conflict):
        await keeper.knock(guild.id, member.id, utcnow(), utcnow())
    for attempt in (
        keeper.admit(a_member(guild.id), guild.id, member.id),
        keeper.waiting(a_member(guild.id), guild.id),
    ):
        with pytest.raises(PermissionDenied):
            await attempt


@pytest.mark.parametrize(
    ("created", "joined", "attempts", "told"),
    [(9, 9, 0, None), (1, 9, 0, "too new"), (9, 0, 0, "read the rules"), (9, 9, 3, "too often")],
)
def test_who_may_try_now(created: int, joined: int, attempts: int, told: str | None) -> None:
    now = utcnow()
    knock = Knock(now - timedelta(days=created), now - timedelta(days=joined), attempts)
    limits: Any = {"account_age": timedelta(days=2), "wait": timedelta(hours=1), "most_attempts": 3}
    found = refusal(knock, now, **limits)
    assert (found is None) if told is None else (found is not None and told in found)
    assert refusal(Knock(now, now, 0), now, account_age=None, wait=None, most_attempts=1) is None


async def test_nobody_is_kicked_once_the_server_wants_that_no_longer(
    guildbase_bot: GuildbaseBot, guildbase_due_work: None, guild: ScriptedGuild
) -> None:
    await _somebody(guild)
    await _close(guildbase_bot, guild, gate_kick_after="1h", gate_unverified_role=None)
    keeper, person = guildbase_bot.services.get(GateController), guild.member("person")

    async def is_waiting() -> bool:
        return await keeper.state(guild.id, person.id) is NewcomerState.WAITING

    await until(is_waiting)
    await _close(guildbase_bot, guild, gate_kick_after=None)
    database, done = guildbase_bot.services.get(DatabaseManager), "SELECT state FROM due_work WHERE kind = :kind"
    kind = {"kind": "channels.remove_newcomer"}
    async with database.transaction() as work:
        past = text("UPDATE due_work SET due_at = '2020-01-01 00:00:00.000000' WHERE kind = :kind")
        await work.session.execute(past, kind)

    async def is_done() -> bool:
        async with database.read_session() as session:
            state: str = (await session.execute(text(done), kind)).scalar_one()
        return state == "done"

    await until(is_done)
    assert await is_waiting()
    assert person.membership is not None
    assert await keeper.answer_wrongly(guild.id, guild.owner.id) == 1


async def test_leaving_gives_no_new_attempts_and_answers_at_once_all_count(services: BotServices) -> None:
    keeper, guild_id, user_id = services.get(GateController), new_id(), new_id()
    await services.get(GuildController).join(guild_id)
    changes = {"gate_role": str(new_id()), "gate_attempts": 3}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "channels", changes)
    answers = [keeper.answer_wrongly(guild_id, user_id) for _ in range(3)]
    assert sorted(await asyncio.gather(*answers)) == [1, 2, 3]
    await keeper.arrive(guild_id, user_id, utcnow())
    long_ago = utcnow() - timedelta(days=900)
    with pytest.raises(PermissionDenied, match="too often"):
        await keeper.knock(guild_id, user_id, long_ago, long_ago)
    await keeper.admit(SYSTEM, guild_id, user_id)
    await keeper.knock(guild_id, user_id, long_ago, long_ago)


async def test_whoever_was_let_in_at_the_last_moment_is_not_kicked(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    keeper = guildbase_bot.services.get(GateController)
    await keeper.admit(SYSTEM, guild.id, member.id)
    late = EffectRun(guildbase_bot, 1, utcnow(), guild.id, {"user_id": str(member.id)})
    await remove_newcomer.run(late)
    assert member.membership is not None
