"""What cases do on Discord: done, told, refused, taken back, and ended when their time is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.bot.targets import bot_standing, target_of
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.targets import Target
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.controller import ActionController, ModerationController, OpenedCase
from guildbase.features.moderation.effects.punishments import ATTEMPTS
from guildbase.features.moderation.kinds import CaseState, CaseType, NoticeState
from guildbase.features.moderation.models import ModerationCase
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.services.outbox import EffectState, Outbox, OutboxEffect, outbox
from guildbase.simulator import Permission, Person, ScriptedGuild, Simulator
from guildbase.simulator.world import channels
from guildbase.simulator.world.entities.channels import ChannelType
from guildbase.testing.clock import MovableClock
from tests.factories import moderator as moderating
from tests.factories import new_id
from tests.waiting import until

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor, "POLL", 0.02)


class Staff:
    """A moderator who acts by the controller, and sees what becomes of it."""

    def __init__(self, bot: GuildbaseBot, guild: ScriptedGuild) -> None:
        self.bot, self.guild = bot, guild
        self.actions = bot.services.get(ActionController)
        self.caller: Caller = moderating(guild.id, permissions=1 << 3, top_role=50)

    def target(self, person: Person) -> Target:
        guild = self.bot.get_guild(self.guild.id)
        assert guild is not None
        user = guild.get_member(person.id) or self.bot.get_user(person.id)
        if user is not None:
            return target_of(guild, user)
        return Target(person.id, person.name, is_member=person.membership is not None)

    async def opens(self, case_type: CaseType, person: Person, **more: Any) -> OpenedCase:
        return await self.actions.act(
            self.caller, self.guild.id, NewAction(case_type, self.target(person), "Spam", **more)
        )

    async def does(self, case_type: CaseType, person: Person, **more: Any) -> ModerationCase:
        """Act, and return the case once it is known what became of it."""
        opened = await self.opens(case_type, person, **more)
        assert opened.effect_id is not None
        await self.bot.services.get(Outbox).outcome(opened.effect_id, timeout=5)
        return await self.case(opened.case.number)

    async def case(self, number: int) -> ModerationCase:
        return await self.bot.services.get(ModerationController).get_case(SYSTEM, self.guild.id, number)

    async def has_nothing_to_do(self) -> bool:
        async with self.bot.services.get(DatabaseManager).read_session(fresh=True) as session:
            waiting = col(OutboxEffect.state).in_([EffectState.PENDING, EffectState.RUNNING])
            return (await session.execute(select(OutboxEffect).where(waiting).limit(1))).first() is None

    async def until(self, number: int, state: CaseState) -> ModerationCase:
        async def is_so() -> bool:
            return (await self.case(number)).state is state

        await until(is_so)
        return await self.case(number)


@pytest.fixture
def staff(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> Staff:
    return Staff(guildbase_bot, guild)


SetRoles = Callable[[], Awaitable[dict[str, int]]]


@pytest.fixture
def set_roles(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> SetRoles:
    async def set_roles() -> dict[str, int]:
        names = {"mute_role": "Muted", "jail_role": "Jailed"}
        made = {}
        for setting, name in names.items():
            answer = await guild.owner.does("POST", f"/guilds/{guild.id}/roles", {"name": name})
            assert isinstance(answer, dict)
            made[setting] = int(answer["id"])
        configuration = guildbase_bot.services.get(ConfigurationController)
        values = {setting: str(role_id) for setting, role_id in made.items()}
        await configuration.change(SYSTEM, guild.id, "moderation", values)
        await until(lambda: all(guildbase_bot.get_guild(guild.id).get_role(it) for it in made.values()))  # type: ignore[union-attr]
        return made

    return set_roles


async def test_a_ban_is_told_before_it_is_done_and_lifted_by_an_unban(staff: Staff, member: Person) -> None:
    case = await staff.does(CaseType.BAN, member, details={"delete_seconds": 3600})
    assert (case.state, case.notice, case.failure) == (CaseState.CONFIRMED, NoticeState.DELIVERED, None)
    assert member.is_banned
    assert len(member.dms) == 1
    entry = staff.guild.audit_log[-1]
    assert f"Case #{case.number} by Mo Moderator: Spam" in str(entry)
    opened = await staff.opens(CaseType.UNBAN, member)
    assert opened.replaced == case.number
    lifted = await staff.until(opened.case.number, CaseState.CONFIRMED)
    assert lifted.notice is NoticeState.NONE
    assert member.id not in staff.guild.guild.bans
    first = await staff.case(case.number)
    assert (first.state, first.ending_case) == (CaseState.CONFIRMED, lifted.number)
    assert await staff.actions.governing(staff.guild.id, member.id) == {}


async def test_an_unban_of_who_is_not_banned_says_so(staff: Staff, member: Person) -> None:
    case = await staff.does(CaseType.UNBAN, member)
    assert (case.state, case.failure) == (CaseState.FAILED, "They were not banned.")


async def test_who_was_banned_by_hand_can_be_unbanned(staff: Staff, guild: ScriptedGuild, member: Person) -> None:
    await guild.owner.does("PUT", f"/guilds/{guild.id}/bans/{member.id}", {})
    assert (await staff.does(CaseType.UNBAN, member)).state is CaseState.CONFIRMED
    assert not member.is_banned


async def test_kick_and_softban_show_the_door_and_leave_no_ban(staff: Staff, member: Person) -> None:
    other = staff.guild.member("other")
    assert (await staff.does(CaseType.KICK, member)).state is CaseState.CONFIRMED
    softban = await staff.does(CaseType.SOFTBAN, other, details={"delete_seconds": 86400})
    assert softban.state is CaseState.CONFIRMED
    for person in (member, other):
        assert person.membership is None
        assert not person.is_banned
        assert len(person.dms) == 1


async def test_a_timeout_is_set_told_and_taken_back(staff: Staff, member: Person) -> None:
    case = await staff.does(CaseType.TIMEOUT, member, duration=HOUR)
    assert case.state is CaseState.CONFIRMED
    assert member.timed_out_until
    assert (await staff.does(CaseType.UNTIMEOUT, member)).state is CaseState.CONFIRMED
    assert not member.timed_out_until


async def test_a_mute_gives_the_role_and_takes_it_back(staff: Staff, member: Person, set_roles: SetRoles) -> None:
    await set_roles()
    case = await staff.does(CaseType.MUTE, member)
    assert (case.state, case.failure, member.roles) == (CaseState.CONFIRMED, None, ["Muted"])
    assert (await staff.does(CaseType.UNMUTE, member)).state is CaseState.CONFIRMED
    assert member.roles == []


async def test_jail_keeps_the_roles_and_gives_back_those_that_still_exist(
    staff: Staff, guild: ScriptedGuild, set_roles: SetRoles
) -> None:
    prisoner = guild.member("prisoner", roles=["Painter", "Poet"])
    await set_roles()
    first = await staff.does(CaseType.JAIL, prisoner, duration=HOUR)
    assert (first.state, first.failure, prisoner.roles) == (CaseState.CONFIRMED, None, ["Jailed"])
    # A later sentence takes over what the first has kept.
    second = await staff.does(CaseType.JAIL, prisoner)
    assert (second.state, prisoner.roles) == (CaseState.CONFIRMED, ["Jailed"])
    await guild.owner.does("DELETE", f"/guilds/{guild.id}/roles/{guild.role('Poet').id}")
    assert (await staff.does(CaseType.UNJAIL, prisoner)).state is CaseState.CONFIRMED
    assert prisoner.roles == ["Painter"]


async def test_a_rejoin_brings_the_jail_back(staff: Staff, guild: ScriptedGuild, set_roles: SetRoles) -> None:
    prisoner = guild.member("prisoner", roles=["Painter"])
    await set_roles()
    case = await staff.does(CaseType.JAIL, prisoner)
    await prisoner.leaves()
    await prisoner.joins()
    effect_id = await staff.actions.enforce(guild.id, case.number)
    await staff.bot.services.get(Outbox).outcome(effect_id, timeout=5)
    assert prisoner.roles == ["Jailed"]
    assert (await staff.does(CaseType.UNJAIL, prisoner)).state is CaseState.CONFIRMED
    assert prisoner.roles == ["Painter"]


async def test_who_speaks_is_muted_deafened_and_sent_out(
    staff: Staff, guild: ScriptedGuild, discord: Simulator, member: Person
) -> None:
    voice = channels.create(discord.world, guild.guild, "Lounge", kind=ChannelType.VOICE)
    await member.joins_voice(voice)
    for begin, end, field in (
        (CaseType.VOICE_MUTE, CaseType.VOICE_UNMUTE, "mute"),
        (CaseType.DEAFEN, CaseType.UNDEAFEN, "deaf"),
    ):
        for case_type, expected in ((begin, True), (end, False)):
            assert (await staff.does(case_type, member)).state is CaseState.CONFIRMED
            assert getattr(member.membership, field) is expected
    assert (await staff.does(CaseType.VOICE_KICK, member)).state is CaseState.CONFIRMED


@pytest.mark.parametrize(("case_type", "field"), [(CaseType.VOICE_MUTE, "mute"), (CaseType.DEAFEN, "deaf")])
async def test_what_ends_while_they_are_in_no_voice_channel_is_lifted_when_they_join_one(
    staff: Staff,
    discord: Simulator,
    clock: MovableClock,
    guildbase_due_work: None,
    member: Person,
    case_type: CaseType,
    field: str,
) -> None:
    voice = channels.create(discord.world, staff.guild.guild, "Lounge", kind=ChannelType.VOICE)
    await member.joins_voice(voice)
    case = await staff.does(case_type, member, duration=HOUR)
    await member.leaves_voice()
    clock.advance(2 * HOUR)
    await staff.until(case.number, CaseState.EXPIRED)
    await until(staff.has_nothing_to_do)
    assert getattr(member.membership, field) is True
    assert await staff.actions.governing(staff.guild.id, member.id) == {}
    await member.joins_voice(voice)
    await until(lambda: getattr(member.membership, field) is False)
    await until(staff.has_nothing_to_do)
    assert await staff.actions.voice_cases(staff.guild.id, member.id) == []
    case = await staff.case(case.number)
    assert (case.state, case.failure) == (CaseState.EXPIRED, None)


async def test_a_nickname_is_changed_and_taken_away(staff: Staff, member: Person) -> None:
    assert (await staff.does(CaseType.NICKNAME, member, details={"nickname": "Mel"})).state is CaseState.CONFIRMED
    assert member.nickname == "Mel"
    await staff.does(CaseType.NICKNAME, member)
    assert member.nickname is None


async def test_who_is_in_no_voice_channel_cannot_be_muted_there(staff: Staff, member: Person) -> None:
    for case_type in (CaseType.VOICE_MUTE, CaseType.DEAFEN):
        case = await staff.does(case_type, member)
        assert (case.state, case.failure) == (CaseState.FAILED, "They are in no voice channel.")


async def test_the_bot_that_lacks_the_permission_tells_nobody_and_says_why(
    staff: Staff, guild: ScriptedGuild, member: Person
) -> None:
    guild.grant_bot(int(Permission.MANAGE_ROLES))
    case = await staff.does(CaseType.BAN, member)
    assert (case.state, case.failure) == (CaseState.FAILED, "The bot lacks the permission Ban Members.")
    assert not member.dms
    assert await staff.actions.governing(guild.id, member.id) == {}


@pytest.mark.parametrize(
    ("fault", "failure", "calls"),
    [
        ({"status": 403, "code": 50013}, "lacks a permission, or its role is too low", 1),
        ({"status": 404, "code": 10013}, "There is no such account", 1),
        ({"status": 400, "code": 50035}, "refused it as wrong", 1),
    ],
    ids=["forbidden", "unknown", "wrong"],
)
async def test_what_discord_refuses_for_good_fails_at_once_and_the_older_case_is_in_force_again(
    staff: Staff, discord: Simulator, member: Person, fault: dict[str, Any], failure: str, calls: int
) -> None:
    first = await staff.does(CaseType.TEMPBAN, member, duration=HOUR)
    refusals = discord.faults.rest("PUT /guilds/{guild_id}/bans/{user_id}", times=calls, **fault)
    opened = await staff.opens(CaseType.BAN, member)
    assert opened.replaced == first.number
    case = await staff.until(opened.case.number, CaseState.FAILED)
    assert failure in (case.failure or "")
    assert refusals.hits == calls
    governing = await staff.actions.governing(staff.guild.id, member.id)
    assert {row.number for row in governing.values()} == {first.number}
    restored = await staff.case(first.number)
    assert (restored.state, restored.ended_at, restored.ending_case) == (CaseState.CONFIRMED, None, None)
    assert member.is_banned


async def test_a_short_outage_delays_a_ban_and_tells_the_person_once(
    staff: Staff, discord: Simulator, member: Person
) -> None:
    discord.faults.rest("PUT /guilds/{guild_id}/bans/{user_id}", status=429, times=1)
    assert (await staff.does(CaseType.BAN, member)).state is CaseState.CONFIRMED
    assert len(member.dms) == 1


async def test_an_outage_that_outlasts_all_attempts_makes_a_ban_fail_and_says_so(
    staff: Staff, discord: Simulator, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The pause grows fourfold with each attempt.
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(microseconds=1))
    outage = discord.faults.rest("PUT /guilds/{guild_id}/bans/{user_id}", status=503)
    opened = await staff.opens(CaseType.BAN, member)
    case = await staff.until(opened.case.number, CaseState.FAILED)
    assert "did not answer for hours" in (case.failure or "")
    assert outage.hits == ATTEMPTS
    assert len(member.dms) == 1
    assert await staff.actions.governing(staff.guild.id, member.id) == {}
    await until(staff.has_nothing_to_do)


async def test_a_ban_that_runs_out_is_lifted_even_if_their_data_were_erased(
    staff: Staff, clock: MovableClock, guildbase_due_work: None, member: Person
) -> None:
    privacy = staff.bot.services.get(PrivacyController)
    case = await staff.does(CaseType.TEMPBAN, member, duration=HOUR)
    await privacy.finish(await privacy.request_erasure(SYSTEM, ErasureScope.USER, member.id))
    assert (await staff.case(case.number)).target_id != member.id
    clock.advance(2 * HOUR)
    await staff.until(case.number, CaseState.EXPIRED)
    await until(lambda: not member.is_banned)


async def test_a_ban_whose_end_fails_is_failed_and_says_why(
    staff: Staff, clock: MovableClock, discord: Simulator, guildbase_due_work: None, member: Person
) -> None:
    case = await staff.does(CaseType.TEMPBAN, member, duration=HOUR)
    refusals = discord.faults.rest("DELETE /guilds/{guild_id}/bans/{user_id}", status=403, code=50013, times=1)
    clock.advance(2 * HOUR)
    failed = await staff.until(case.number, CaseState.FAILED)
    assert "lacks a permission" in (failed.failure or "")
    assert failed.ended_at is not None
    assert refusals.hits == 1
    # A moderator may still lift it.
    assert (await staff.does(CaseType.UNBAN, member)).state is CaseState.CONFIRMED
    assert not member.is_banned


async def test_a_later_ban_and_an_extension_outlast_the_first_end(
    staff: Staff, clock: MovableClock, guildbase_due_work: None, member: Person
) -> None:
    other = staff.guild.member("other")
    await staff.does(CaseType.TEMPBAN, member, duration=HOUR)
    extended = await staff.does(CaseType.TEMPBAN, other, duration=HOUR)
    third = staff.guild.member("third")
    last = await staff.does(CaseType.TEMPBAN, third, duration=HOUR)
    assert (await staff.does(CaseType.BAN, member)).state is CaseState.CONFIRMED
    assert extended.expires_at is not None
    await staff.actions.extend(staff.caller, staff.guild.id, extended.number, extended.expires_at + 5 * HOUR)
    clock.advance(2 * HOUR)
    await staff.until(last.number, CaseState.EXPIRED)
    await until(lambda: not third.is_banned)
    assert member.is_banned
    assert other.is_banned
    clock.advance(5 * HOUR)
    await until(lambda: not other.is_banned)
    assert member.is_banned


async def test_a_long_timeout_is_renewed(
    staff: Staff, clock: MovableClock, guildbase_due_work: None, member: Person
) -> None:
    await staff.does(CaseType.TIMEOUT, member, duration=timedelta(days=40))
    first = member.timed_out_until
    assert first is not None
    clock.advance(days=27, hours=1)
    await until(lambda: (member.timed_out_until or first) > first)
    assert (await staff.case(1)).state is CaseState.CONFIRMED


async def test_the_same_request_twice_is_one_case_and_one_ban(staff: Staff, member: Person) -> None:
    request_id = new_id()
    first = await staff.opens(CaseType.BAN, member, request_id=request_id)
    again = await staff.opens(CaseType.BAN, member, request_id=request_id)
    assert (again.case.number, again.effect_id) == (first.case.number, None)
    await staff.until(1, CaseState.CONFIRMED)
    assert len(member.dms) == 1


async def test_people_and_the_bot_become_plain_values(staff: Staff, member: Person) -> None:
    guild = staff.bot.get_guild(staff.guild.id)
    assert guild is not None
    assert bot_standing(guild).top_role == guild.me.top_role.position > 0
    me = target_of(guild, guild.me)
    assert (me.is_this_bot, me.is_bot, me.is_member) == (True, True, True)
    known = guild.get_member(member.id)
    if known is not None:
        assert (target_of(guild, known).is_bot, target_of(guild, known).is_member) == (False, True)
