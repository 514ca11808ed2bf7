"""What people do by hand in Discord, who comes back, and what happened while the bot was away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.cog.watch import Watch
from guildbase.features.moderation.controller import ActionController, ModerationController
from guildbase.features.moderation.controller.reconcile import ReconcileController
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType, PunishmentKind
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import Permission, Person, ScriptedGuild, Simulator
from tests.factories import new_id
from tests.statements import heard
from tests.waiting import until

BAN, UNBAN, KICK, TIMEOUT, UNTIMEOUT = (
    CaseType.BAN, CaseType.UNBAN, CaseType.KICK, CaseType.TIMEOUT, CaseType.UNTIMEOUT,
)  # fmt: skip


@pytest.fixture
async def roles(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    """Let the server have roles for jail and mute."""
    changes = {}
    for name in ("jail", "mute"):
        changes[f"{name}_role"] = str((await guild.owner.creates_role(name)).id)
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "moderation", changes)


async def cases(bot: GuildbaseBot, guild: ScriptedGuild) -> list[ModerationCase]:
    """Return all cases, oldest first."""
    return (await bot.services.get(ModerationController).list_cases(SYSTEM, guild.id))[::-1]


async def types(bot: GuildbaseBot, guild: ScriptedGuild, count: int) -> list[CaseType]:
    """Return the types of all cases once there are so many."""

    async def enough() -> bool:
        return len(await cases(bot, guild)) >= count

    await until(enough)
    return [case.case_type for case in await cases(bot, guild)]


async def governing(bot: GuildbaseBot, guild: ScriptedGuild, person: Person) -> set[PunishmentKind]:
    return {*await bot.services.get(ActionController).governing(guild.id, person.id)}


async def test_bans_and_their_end_by_hand_become_cases_of_who_did_it(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await guild.owner.bans(member, reason="raider")
    assert await types(guildbase_bot, guild, 1) == [BAN]
    [case] = await cases(guildbase_bot, guild)
    assert (case.state, case.source) == (CaseState.CONFIRMED, CaseSource.DISCORD)
    assert (case.moderator_id, case.target_id, case.reason) == (guild.owner.id, member.id, "raider")
    assert (case.moderator_name, case.target_name) == (guild.owner.name, member.name)
    assert await governing(guildbase_bot, guild, member) == {PunishmentKind.BAN}
    await guild.owner.unbans(member)
    assert await types(guildbase_bot, guild, 2) == [BAN, UNBAN]
    assert await governing(guildbase_bot, guild, member) == set()
    # The same entry once more, as after a lost connection, is no new case.
    async for entry in guildbase_bot.get_guild(guild.id).audit_logs(limit=5):  # type: ignore[union-attr]
        guildbase_bot.dispatch("audit_log_entry_create", entry)
    await guild.owner.kicks(guild.member("other"), reason="rude")
    assert await types(guildbase_bot, guild, 3) == [BAN, UNBAN, KICK]


async def test_timeouts_and_voice_mutes_by_hand_become_cases(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await guild.owner.times_out(member, timedelta(hours=1))
    assert await types(guildbase_bot, guild, 1) == [TIMEOUT]
    [case] = await cases(guildbase_bot, guild)
    assert case.expires_at is not None
    assert case.reason == "Done by hand in Discord, without a reason."
    await guild.owner.times_out(member, None)
    assert await types(guildbase_bot, guild, 2) == [TIMEOUT, UNTIMEOUT]


@pytest.mark.usefixtures("roles")
async def test_roles_of_jail_and_mute_that_are_given_by_hand_become_cases(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await guild.owner.gives_role(member, "mute")
    await guild.owner.gives_role(member, "jail")
    assert await types(guildbase_bot, guild, 2) == [CaseType.MUTE, CaseType.JAIL]
    await guild.owner.takes_role(member, "mute")
    assert (await types(guildbase_bot, guild, 3))[2] is CaseType.UNMUTE


async def test_without_the_audit_log_bans_by_hand_are_kept_of_somebody(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.BAN_MEMBERS)
    await guild.owner.bans(member, reason="raider")
    assert await types(guildbase_bot, guild, 1) == [BAN]
    assert (await cases(guildbase_bot, guild))[0].moderator_name == "somebody in Discord"
    await guild.owner.unbans(member)
    assert await types(guildbase_bot, guild, 2) == [BAN, UNBAN]


async def test_without_the_audit_log_a_soft_ban_is_not_taken_for_a_ban_by_hand(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.BAN_MEMBERS | Permission.SEND_MESSAGES)
    seen = guildbase_bot.get_guild(guild.id)
    assert seen is not None
    await until(lambda: not seen.me.guild_permissions.view_audit_log)
    heard_of: list[int] = []

    async def hear(_guild: object, user: Any) -> None:
        heard_of.append(user.id)

    guildbase_bot.add_listener(hear, "on_member_unban")
    reply = await guild.owner.slash("softban", user=member, reason="spam")
    await reply.edited(matching="let them back in")
    await until(lambda: member.id in heard_of)
    await guild.owner.bans(moderator)

    async def is_known() -> bool:
        return any(case.target_id == moderator.id for case in await cases(guildbase_bot, guild))

    await until(is_known)
    assert await types(guildbase_bot, guild, 2) == [CaseType.SOFTBAN, BAN]


@pytest.mark.usefixtures("roles")
async def test_who_comes_back_is_muted_again(guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person) -> None:
    await guild.owner.gives_role(member, "mute")
    await types(guildbase_bot, guild, 1)
    await member.leaves()
    await member.joins()
    muted = guild.role("mute").id
    await until(lambda: (it := member.membership) is not None and muted in it.roles)
    assert await types(guildbase_bot, guild, 1) == [CaseType.MUTE]


@pytest.mark.usefixtures("roles")
async def test_what_was_lifted_while_the_bot_was_away_becomes_cases_too(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    watch = guildbase_bot.get_cog("Watch")
    assert isinstance(watch, Watch)
    other = guild.member("other")
    await guild.owner.bans(other, reason="raider")
    await guild.owner.times_out(member, timedelta(hours=1))
    await guild.owner.gives_role(moderator, "mute")
    await types(guildbase_bot, guild, 3)
    seen = guildbase_bot.get_guild(guild.id)
    assert seen is not None
    assert await watch.check([seen]) == 0
    await guildbase_bot.remove_cog("Watch")  # It is away.
    await guild.owner.unbans(other)
    await guild.owner.times_out(member, None)
    await guild.owner.takes_role(moderator, "mute")
    assert await watch.check([seen]) == 3
    found = await cases(guildbase_bot, guild)
    assert sorted(case.case_type for case in found[3:]) == ["unban", "unmute", "untimeout"]
    assert {case.moderator_id for case in found} == {guild.owner.id}
    assert await watch.check([seen]) == 0


async def test_a_thousand_servers_without_punishments_cost_no_request(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    controller, watch = guildbase_bot.services.get(ReconcileController), guildbase_bot.get_cog("Watch")
    assert isinstance(watch, Watch)
    with heard(guildbase_bot.services.get(DatabaseManager), "SELECT punishment") as statements:
        assert await controller.lasting([guild.id, *(new_id() for _ in range(999))]) == {}
    assert len(statements) == 1
    seen = guildbase_bot.get_guild(guild.id)
    assert seen is not None
    before = discord.stats.requests.total()
    assert await watch.check([seen]) == 0
    assert discord.stats.requests.total() == before


@pytest.mark.usefixtures("roles")
async def test_what_a_return_undid_while_the_bot_was_away_is_done_again(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    watch = guildbase_bot.get_cog("Watch")
    assert isinstance(watch, Watch)
    await guild.owner.gives_role(member, "mute")
    await types(guildbase_bot, guild, 1)
    await guildbase_bot.remove_cog("Watch")  # It is away.
    await member.leaves()
    await member.joins()
    seen = guildbase_bot.get_guild(guild.id)
    assert seen is not None
    assert await watch.check([seen]) == 1
    muted = guild.role("mute").id
    await until(lambda: (it := member.membership) is not None and muted in it.roles)
    assert await types(guildbase_bot, guild, 1) == [CaseType.MUTE]


async def test_many_bans_are_read_by_the_page_and_those_that_are_gone_are_kept_of_somebody(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    watch = guildbase_bot.get_cog("Watch")
    assert isinstance(watch, Watch)
    people = [guild.member(f"raider{number}") for number in range(11)]
    for person in people:
        await guild.owner.bans(person)
    await types(guildbase_bot, guild, 11)
    await guildbase_bot.remove_cog("Watch")
    await guild.owner.unbans(people[0])
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.BAN_MEMBERS)
    seen = guildbase_bot.get_guild(guild.id)
    assert seen is not None
    await until(lambda: not seen.me.guild_permissions.view_audit_log)
    before = discord.stats.requests.total()
    assert await watch.check([seen]) == 1
    assert discord.stats.requests.total() == before + 1
    [lifted] = [case for case in await cases(guildbase_bot, guild) if case.case_type is UNBAN]
    assert (lifted.target_id, lifted.moderator_name) == (people[0].id, "somebody in Discord")
    guild.grant_bot(Permission.VIEW_CHANNEL)
    await until(lambda: not seen.me.guild_permissions.ban_members)
    await guild.owner.unbans(people[1])
    assert await watch.check([seen]) == 0
