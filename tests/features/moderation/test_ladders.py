"""Warnings that add up: which step follows, that it follows once, and what people are told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.targets import BotStanding
from guildbase.features.moderation.controller import ActionController, ModerationController
from guildbase.features.moderation.controller.custom_types import CustomTypeController, TypeState
from guildbase.features.moderation.controller.history import HistoryController
from guildbase.features.moderation.controller.ladders import LadderController
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType
from guildbase.features.moderation.ladders import (
    Step,
    Warned,
    check_step,
    next_step,
    next_to_fall,
    read_step,
    step_reached,
)
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.services.container import BotServices
from guildbase.services.outbox import outbox
from guildbase.simulator import NotAllowed, Person, ScriptedGuild, Simulator
from tests.factories import member as some_member
from tests.factories import moderator as some_moderator
from tests.factories import new_id, target

NOW = datetime(2026, 1, 31, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ALL = BotStanding(permissions=1 << 3, top_role=50)
STEPS = [Step(2, CaseType.TIMEOUT, HOUR), Step(3, CaseType.KICK), Step(5, CaseType.BAN)]


def warned(*days_and_points: tuple[int, int]) -> list[Warned]:
    """Return warnings of so many days ago and so many points, oldest first, numbered from 1."""
    return [Warned(number, points, NOW - days * DAY) for number, (days, points) in enumerate(days_and_points, start=1)]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("3 in 30d = timeout 1h", Step(3, CaseType.TIMEOUT, HOUR, 30 * DAY)),
        (" 5=BAN ", Step(5, CaseType.BAN)),
        ("2 = mute", Step(2, CaseType.MUTE)),
        ("2 = jail 2 days", Step(2, CaseType.JAIL, 2 * DAY)),
        ("1000 in 1 week = tempban 1w", Step(1000, CaseType.TEMPBAN, 7 * DAY, 7 * DAY)),
    ],
)
def test_a_step_is_read_and_written(text: str, step: Step) -> None:
    assert read_step(text) == step
    assert read_step(step.text) == step
    assert check_step(text) == step.text


@pytest.mark.parametrize(
    "text",
    ["", "3", "x = ban", "0 = ban", "1001 = ban", "² = ban", "3 = hug", "3 = timeout", "3 = tempban", "3 = ban 1h",
     "3 = kick 1h", "3 in = = ban", "3 in never = ban", "3 = timeout soon", "99999 = ban", None],
)  # fmt: skip
def test_what_is_no_step_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(ValueError, match="an example"):
        check_step(text)


@pytest.mark.parametrize(
    ("warnings", "number", "reached"),
    [
        (warned((3, 1)), 1, None),
        (warned((3, 1), (2, 1)), 2, 2),
        (warned((3, 1), (2, 1), (1, 1)), 3, 3),
        # It fires when it is crossed, not at every later warning.
        (warned((4, 1), (3, 1), (2, 1), (1, 1)), 4, None),
        # One grave warning crosses several steps, of which the highest counts.
        (warned((1, 4)), 1, 3),
        (warned((2, 1), (1, 9)), 2, 5),
        # Later warnings play no part in what an earlier one led to.
        (warned((3, 1), (2, 1), (1, 1)), 2, 2),
        # Those that have fallen away count no longer, so a step can be reached again.
        (warned((40, 1), (39, 1), (2, 1), (1, 1)), 4, 2),
        (warned((3, 1)), 7, None),
    ],
)
def test_a_step_is_taken_by_the_warning_that_crosses_it(
    warnings: list[Warned], number: int, reached: int | None
) -> None:
    step = step_reached(STEPS, warnings, number, 30 * DAY)
    assert (step.points if step else None) == reached


def test_a_step_may_look_at_a_shorter_time_than_warnings_count() -> None:
    quick = [Step(2, CaseType.TIMEOUT, HOUR, within=DAY)]
    assert step_reached(quick, warned((5, 1), (1, 1)), 2, None) is None
    assert step_reached(quick, warned((1, 1), (1, 1)), 2, None) is quick[0]


def test_what_comes_next_is_known() -> None:
    warnings = warned((10, 1), (3, 1))
    assert next_step(STEPS, warnings, NOW) is STEPS[1]
    assert next_step(STEPS, warned((1, 9)), NOW) is None
    assert next_to_fall(warnings, 30 * DAY) == NOW + 20 * DAY
    assert next_to_fall(warnings, None) is None
    assert next_to_fall([], DAY) is None


@pytest.fixture
def guild_id() -> int:
    return new_id()


async def climbs(services: BotServices, guild_id: int, *steps: str) -> LadderController:
    """Give the server a ladder."""
    by = some_moderator(guild_id)
    # The server's rows are there from its first case on.
    await services.get(ModerationController).open_case(by, guild_id, target(), "first of all")
    changes = {"warning_steps": list(steps)}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "moderation", changes)
    return services.get(LadderController)


async def test_a_step_is_taken_once_however_often_it_is_asked_for(services: BotServices, guild_id: int) -> None:
    ladders = await climbs(services, guild_id, "2 = timeout 1h")
    cases, whom, bot = services.get(ModerationController), target(), Caller(new_id(), name="Bot", is_system=True)
    numbers = [(await cases.open_case(some_moderator(guild_id), guild_id, whom, "x")).case.number for _ in range(2)]
    assert not await ladders.climb(bot, guild_id, numbers[0], whom, ALL)
    climbed = await asyncio.gather(*(ladders.climb(bot, guild_id, numbers[1], whom, ALL) for _ in range(5)))
    assert sum(climbed) == 1
    assert not await ladders.climb(bot, guild_id, numbers[1], whom, ALL)
    found = await ladders.result(guild_id, numbers[1])
    assert found is not None
    assert (found.points, found.case.case_type, found.case.source) == (2, CaseType.TIMEOUT, CaseSource.LADDER)
    assert found.case.moderator_id == bot.user_id
    assert await ladders.result(guild_id, numbers[0]) is None
    assert len(await cases.list_cases(SYSTEM, guild_id, target_id=whom.user_id)) == 3


@pytest.mark.databases("sqlite")
async def test_a_step_that_cannot_be_taken_is_told_in_the_audit_log(services: BotServices, guild_id: int) -> None:
    ladders = await climbs(services, guild_id, "1 = ban")
    whom, bot = target(), Caller(new_id(), name="Bot", is_system=True)
    opened = await services.get(ModerationController).open_case(some_moderator(guild_id), guild_id, whom, "x")
    powerless = BotStanding(permissions=0, top_role=50)
    assert not await ladders.climb(bot, guild_id, opened.case.number, whom, powerless)
    [row] = await services.get(AuditController).entries(SYSTEM, guild_id, AuditFilter(action="moderation.ladder"))
    assert (row.details["case"], row.details["step"]) == (2, "1 = ban")
    assert row.details["refused"]
    # Somebody else than whom the warning is about is never punished.
    assert not await ladders.climb(bot, guild_id, opened.case.number, target(), ALL)


async def test_a_case_of_a_servers_own_type_counts_as_much_as_it_is_grave(services: BotServices, guild_id: int) -> None:
    ladders = await climbs(services, guild_id, "4 = kick")
    await services.get(CustomTypeController).add(SYSTEM, guild_id, "scam", TypeState("Scam", severity=4))
    whom, bot = target(), Caller(new_id(), name="Bot", is_system=True)
    new = NewAction(CaseType.CUSTOM, whom, "phishing", custom_type="scam")
    opened = await services.get(ActionController).act(some_moderator(guild_id), guild_id, new)
    assert (await ladders.record_of(SYSTEM, guild_id, whom.user_id)).points == 4
    assert await ladders.climb(bot, guild_id, opened.case.number, whom, ALL)
    found = await ladders.result(guild_id, opened.case.number)
    assert found is not None
    assert (found.points, found.case.case_type) == (4, CaseType.KICK)
    assert found.case.reason == f"4 points of warnings; the last was case #{opened.case.number}."


async def test_struck_warnings_count_no_longer(services: BotServices, guild_id: int) -> None:
    ladders = await climbs(services, guild_id, "3 = kick")
    cases, whom, by = services.get(ModerationController), target(), some_moderator(guild_id)
    numbers = [(await cases.open_case(by, guild_id, whom, "x")).case.number for _ in range(2)]
    for number in numbers:
        await cases.confirm_case(SYSTEM, guild_id, number, (await cases.get_case(by, guild_id, number)).notice)
    before = await ladders.record_of(by, guild_id, whom.user_id)
    assert (before.points, before.next_step) == (2, Step(3, CaseType.KICK))
    assert before.falls_away_at is not None
    await services.get(HistoryController).strike(SYSTEM, guild_id, numbers[0], "a mistake")
    after = await ladders.record_of(by, guild_id, whom.user_id)
    assert [it.number for it in after.warnings] == [numbers[1]]


@pytest.mark.databases("sqlite")
async def test_others_warnings_are_for_moderators_only(services: BotServices, guild_id: int) -> None:
    ladders = await climbs(services, guild_id)
    nosy = some_member(guild_id)
    with pytest.raises(PermissionDenied):
        await ladders.record_of(nosy, guild_id, new_id())
    assert nosy.user_id is not None
    own = await ladders.record_of(nosy, guild_id, nosy.user_id)
    assert (own.points, own.next_step, own.falls_away_at) == (0, None, None)


async def test_a_server_makes_a_ladder_and_the_second_warning_times_out(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    owner = guild.owner
    assert "No steps yet" in (await owner.slash("ladder show")).text
    added = await owner.slash("ladder add", points=2, action="timeout", duration="1h")
    assert added.text == "From now on: 2 points: timed out (1h)."
    await owner.slash("ladder add", points=3, action="ban", within_="7d")
    refused = await owner.slash("ladder add", points=4, action="ban", duration="1h")
    assert refused.text.startswith("A timeout and a tempban need a duration")
    shown = (await owner.slash("ladder show")).text
    assert "3 points within 7d: banned" in shown
    await moderator.slash("warn", user=member, reason="spam")
    reply = await moderator.slash("warn", user=member, reason="more spam")
    await reply.edited(matching="That makes 2 points of warnings: timed out (1h), case #3.")
    cases = guildbase_bot.services.get(ModerationController)
    case = await cases.get_case(SYSTEM, guild.id, 3)
    assert (case.case_type, case.source) == (CaseType.TIMEOUT, CaseSource.LADDER)
    assert case.state in (CaseState.OPEN, CaseState.CONFIRMED)
    listed = (await moderator.slash("warnings", user=member)).text
    for part in ("2 points", "#1: 1", "#2: 1", "The oldest falls away", "3 points within 7d: banned"):
        assert part in listed
    struck = await owner.slash("delwarn", number=1, reason="a mistake")
    assert struck.text == f"Case #1 counts no longer. {member.mention} has 1 point now."
    assert (await owner.slash("delwarn", number=3)).text.startswith("Case #3 is no warning.")
    assert (await owner.slash("ladder remove", points=2)).text == "Nothing follows at 2 points any more."
    assert (await owner.slash("ladder remove", points=2)).text.startswith("There is no step at 2 points.")
    with pytest.raises(NotAllowed):
        await member.slash("ladder show")


async def test_two_who_change_the_ladder_at_once_do_not_undo_each_others_step(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    commands = [guild.owner.slash("ladder add", points=points, action="kick") for points in (2, 3, 4)]
    answers = [reply.text for reply in await asyncio.gather(*commands)]
    kept = sum(text.startswith("From now on") for text in answers)
    shown = (await guild.owner.slash("ladder show")).text
    assert shown.count("kicked") == kept, (answers, shown)


async def test_a_notice_that_has_to_be_tried_again_takes_no_second_step(
    guildbase_bot: GuildbaseBot,
    discord: Simulator,
    guild: ScriptedGuild,
    moderator: Person,
    member: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor, "POLL", 0.02)
    monkeypatch.setattr(executor, "UNKNOWN_RETRY", timedelta(milliseconds=1))
    await guild.owner.slash("ladder add", points=1, action="timeout", duration="1h")
    # Each attempt at the notice begins with the step.
    fault = discord.faults.rest("POST /users/@me/channels", status=503, times=3)
    await moderator.slash("warn", user=member, reason="spam")
    await member.receives_dm(matching="You were warned")
    assert fault.hits == 3
    cases = await guildbase_bot.services.get(ModerationController).list_cases(SYSTEM, guild.id)
    assert [case.source for case in cases] == [CaseSource.LADDER, CaseSource.COMMAND]
