"""The way of access through Discord: who brings the bot owns the dashboard, hands on, explains and takes back."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from guildbase.bot import gate
from guildbase.bot.callers import caller_of_member
from guildbase.bot.client import GuildbaseBot
from guildbase.bot.effects import EffectRun
from guildbase.core.clock import utcnow
from guildbase.core.errors import NoReply
from guildbase.core.ports import SYSTEM, GuildSnapshots
from guildbase.core.rights import Right
from guildbase.platform.access.controller import AccessController, DeveloperController
from guildbase.platform.access.effects import find_installer
from guildbase.platform.access.grants import Holder
from guildbase.platform.access.models import AccessGrant, HolderKind
from guildbase.platform.telemetry.controller import AuditController
from guildbase.simulator import Permission, Person, ScriptedGuild, Simulator
from guildbase.simulator.world import guilds as world_guilds
from guildbase.simulator.world import members as world_members
from guildbase.simulator.world import roles as world_roles
from guildbase.testing.plugin import StartGuildbase
from tests.factories import new_id, set_general
from tests.waiting import until


async def grants_of(bot: GuildbaseBot, guild_id: int) -> list[AccessGrant]:
    return await bot.services.get(AccessController).rows(SYSTEM, guild_id)


async def first_grant(bot: GuildbaseBot, guild_id: int) -> AccessGrant:
    """Wait for the grant that is promised when the bot comes in."""

    async def is_there() -> bool:
        return bool(await grants_of(bot, guild_id))

    await until(is_there)
    [grant] = await grants_of(bot, guild_id)
    return grant


def owns(guild: ScriptedGuild, person: Person, discord: Simulator) -> None:
    world_guilds.change(discord.world, guild.guild, {"owner_id": person.id})


async def test_who_brings_the_bot_owns_the_dashboard(guildbase_bot: GuildbaseBot, discord: Simulator) -> None:
    joined = discord.guild("Corner Shop", shard=1, bot_permissions=None)
    await joined.add_bot(by=joined.member("ada", roles=["Admin"]))
    grant = await first_grant(guildbase_bot, joined.id)
    assert (grant.holder_id, grant.source) == (joined.member("ada").id, "installer")
    reply = await joined.member("ada").slash("access explain")
    assert "may **own the dashboard**" in reply.text
    assert reply.ephemeral


@pytest.mark.parametrize("how", ["no audit log", "nothing in it", "by the owner"])
async def test_where_nobody_knows_who_brought_the_bot_it_is_the_owner(
    guildbase_bot: GuildbaseBot, discord: Simulator, how: str
) -> None:
    joined = discord.guild("Corner Shop", shard=1, bot_permissions=None)
    permissions = int(Permission.SEND_MESSAGES if how == "no audit log" else Permission.VIEW_AUDIT_LOG)
    by = {"no audit log": joined.member("ada"), "by the owner": joined.owner}.get(how)
    await joined.add_bot(permissions=permissions, by=by)
    grant = await first_grant(guildbase_bot, joined.id)
    assert (grant.holder_id, grant.source) == (joined.owner.id, "owner")


async def test_access_is_handed_on_listed_explained_and_taken_back(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, guildbase_api: httpx.AsyncClient, moderator: Person
) -> None:
    ada, bob, owner = guild.member("ada"), guild.member("bob"), guild.owner
    first = await first_grant(guildbase_bot, guild.id)
    assert first.holder_id == owner.id
    refused = await ada.slash("access grant", who=bob, right="moderate")
    assert "You may not give others access." in refused.text
    given = await owner.slash("access grant", who=ada, right="manage_access", reason="runs the *team*")
    assert given.text == f"{ada.mention} may now manage access and settings. `/access revoke 2` takes it back."
    role = guild.role("Moderator")
    assert "#3" not in (await ada.slash("access grant", who=role, right="view_settings", expires="7d")).text
    assert "only hand on what you hold" in (await ada.slash("access grant", who=bob, right="moderate")).text
    assert "Write it like 7d" in (await ada.slash("access grant", who=bob, right="view_settings", expires="x")).text

    lines = (await ada.slash("access list")).text.splitlines()
    assert [line.strip()[:6] for line in lines[1:4]] == ["- **#1", "- **#2", "- **#3"]
    assert lines[3].startswith("  - **#3")
    assert "runs the \\*team\\*" in lines[2]
    assert "You may not see" in (await bob.slash("access list")).text

    assert "#3 for" in (await moderator.slash("access explain")).text
    assert "may **nothing in the dashboard**" in (await bob.slash("access explain")).text
    about = await owner.slash("access explain", member=moderator)
    assert f"{moderator.mention} may **" in about.text
    assert "moderate" in about.text.splitlines()[2]

    offered = await ada.completes("access revoke", grant="")
    assert [choice.value for choice in offered] == [1, 2, 3]
    assert await bob.completes("access revoke", grant="") == []
    assert "may not take this access back" in (await ada.slash("access revoke", grant=1)).text
    taken = await owner.slash("access revoke", grant=2, reason="moved on")
    assert taken.text == (
        f"{ada.mention} may no longer manage access and settings. What they had handed on ended with it: 1 grant."
    )
    assert "may not give others access" in (await ada.slash("access grant", who=bob, right="view_settings")).text
    assert "There is no such access here." in (await owner.slash("access revoke", grant=2)).text
    listed = (await guildbase_api.get(f"/guilds/{guild.id}/authorized-users")).json()["authorized"]
    assert [it["number"] for it in listed] == [1]


async def test_neither_access_nor_level_counts_during_a_time_out(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person
) -> None:
    guild.member("admin", roles=["Admin"])
    await first_grant(guildbase_bot, guild.id)
    bot, owner = guildbase_bot, guild.owner
    await set_general(bot.services, guild.id, level_5_role=guild.role("Moderator").id)
    holder = Holder(HolderKind.USER, moderator.id)
    await bot.services.get(AccessController).grant(SYSTEM, guild.id, holder, Right.OWNER)
    seen = bot.get_guild(guild.id)
    assert seen is not None
    [member] = await seen.query_members(user_ids=[moderator.id], cache=True)
    command = gate.all_commands(bot)["access list"]

    async def level() -> tuple[int, int]:
        snapshot = await bot.services.get(GuildSnapshots).load(guild.id)
        return (await caller_of_member(member, bot)).level, gate.use_of(bot, command, member, None, snapshot).level

    assert await level() == (5, 5)
    await owner.times_out(moderator, timedelta(hours=1))
    await until(member.is_timed_out)
    assert await level() == (0, 0)
    told = (await owner.slash("access explain", member=moderator)).text
    assert "may **nothing in the dashboard**" in told
    assert "timed out on Discord" in told
    # Discord keeps nothing from administrators.
    await owner.gives_role(moderator, "Admin")
    await until(lambda: len(member.roles) == 3)
    assert (member.is_timed_out(), await level()) == (True, (5, 5))


async def test_the_same_by_text_command(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    await first_grant(guildbase_bot, guild.id)
    ada, owner = guild.member("ada"), guild.owner
    await owner.says(f"!access grant {ada.mention} moderate 2d looks after the night")
    assert f"{ada.mention} may now moderate until" in (await owner.hears()).text
    await owner.says("!access list")
    assert "looks after the night" in (await owner.hears()).text
    await owner.says("!access revoke 2")
    assert "may no longer moderate" in (await owner.hears()).text
    await owner.says("!access")
    assert "`/access list`" in (await owner.hears()).text


async def test_roles_do_not_manage_access(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    await first_grant(guildbase_bot, guild.id)
    role = guild.role("Moderator")
    refused = await guild.owner.slash("access grant", who=role, right="owner")
    assert "Only people can manage access" in refused.text


async def test_many_grants_fill_several_pages(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    await first_grant(guildbase_bot, guild.id)
    access = guildbase_bot.services.get(AccessController)
    for _ in range(21):
        await access.grant(SYSTEM, guild.id, Holder(HolderKind.USER, new_id()), Right.VIEW_SETTINGS)
    page = (await guild.owner.slash("access list", page=2)).text
    assert "#22" in page
    assert "#20" not in page
    assert "Page 2 of 2." in page


async def test_an_installer_is_looked_for_only_where_the_bot_is(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    await guildbase_bot.wait_until_ready()
    elsewhere = new_id()
    run = EffectRun(guildbase_bot, 1, utcnow(), elsewhere, {"is_recent": True})
    await find_installer.run(run)
    assert await grants_of(guildbase_bot, elsewhere) == []
    guildbase_bot.ready_shards.clear()  # Now it may still be told of the server.
    with pytest.raises(NoReply):
        await find_installer.run(run)


async def test_the_owners_access_goes_where_the_ownership_goes(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, discord: Simulator
) -> None:
    await first_grant(guildbase_bot, guild.id)
    ada = guild.member("ada")
    owns(guild, ada, discord)

    async def has_moved() -> bool:
        return [it.holder_id for it in await grants_of(guildbase_bot, guild.id)] == [ada.id]

    await until(has_moved)
    entries = await guildbase_bot.services.get(AuditController).entries(SYSTEM, guild.id)
    assert [it.target_id for it in entries if it.action == "access.ownership_moved"] == [ada.id]


async def test_what_changed_while_the_bot_was_away_is_taken_in(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, discord: Simulator
) -> None:
    running = await start_guildbase()
    await first_grant(running.bot, guild.id)
    ada, bob = guild.member("ada"), guild.member("bob")
    await guild.owner.slash("access grant", who=bob, right="moderate")
    await running.bot.services.get(AccessController).member_moved(guild.id, bob.id, is_away=True)
    await running.stop()
    owns(guild, ada, discord)
    again = await start_guildbase()

    async def is_right() -> bool:
        found = await grants_of(again.bot, guild.id)
        return [(it.holder_id, it.is_away) for it in found] == [(ada.id, False), (bob.id, False)]

    await until(is_right)


async def test_members_who_leave_lose_what_they_had_until_they_are_back(
    start_guildbase: StartGuildbase, guild: ScriptedGuild
) -> None:
    bot = (await start_guildbase()).bot
    await first_grant(bot, guild.id)
    ada, bob = guild.member("ada"), guild.member("bob")
    await guild.owner.slash("access grant", who=ada, right="manage_access")
    await ada.slash("access grant", who=bob, right="edit_settings")
    await ada.leaves()

    async def away(is_away: bool) -> bool:
        return (await grants_of(bot, guild.id))[1].is_away is is_away

    await until(lambda: away(True))
    assert "is for now without effect: its holder left" in (await bob.slash("access explain")).text
    await ada.joins()
    await until(lambda: away(False))
    assert "may **edit settings**" in (await bob.slash("access explain")).text


async def test_the_developer_team_is_who_has_the_role_in_the_main_server(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, discord: Simulator
) -> None:
    role, stranger, maker = (
        guild.role("Moderator"),
        guild.member("stranger"),
        guild.member("maker", roles=["Moderator"]),
    )
    owner_id = guild.member("boss").id
    bot = (await start_guildbase(main_guild_id=guild.id, developer_role_id=role.id, owner_ids=[owner_id])).bot
    team = bot.services.get(DeveloperController)
    assert await team.is_developer(maker.id)
    assert await team.is_developer(owner_id)
    assert not await team.is_developer(stranger.id)
    assert not await team.is_developer(discord.world.new_id())
    assert "developer team" in (await maker.slash("access explain")).text
    member = guild.guild.members[maker.id]
    world_members.change(discord.world, guild.guild, member, roles=())

    async def is_out() -> bool:
        return not await team.is_developer(maker.id)

    await until(is_out)


@pytest.mark.parametrize("has_role", [False, True])
async def test_nobody_is_a_developer_while_nobody_can_say_so(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, discord: Simulator, has_role: bool
) -> None:
    maker = guild.member("maker", roles=["Moderator"])
    # Either no role is set, or the main server is one that the bot is not in.
    main = discord.world.new_id() if has_role else guild.id
    role = guild.role("Moderator").id if has_role else None
    running = await start_guildbase(main_guild_id=main, developer_role_id=role)
    assert not await running.bot.services.get(DeveloperController).is_developer(maker.id)


async def test_without_the_members_intent_discord_is_asked_again_when_the_role_goes(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, discord: Simulator
) -> None:
    role, maker = guild.role("Moderator"), guild.member("maker", roles=["Moderator"])
    bot = (await start_guildbase(main_guild_id=guild.id, developer_role_id=role.id, intents_flags=0)).bot
    team = bot.services.get(DeveloperController)
    assert not bot.intents.members
    assert await team.is_developer(maker.id)
    world_roles.delete(discord.world, guild.guild, role)

    async def is_out() -> bool:
        return not await team.is_developer(maker.id)

    await until(is_out)
