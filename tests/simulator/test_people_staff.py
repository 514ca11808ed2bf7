"""What staff do by hand: Discord's rules hold for them, and the audit log names them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest

from guildbase.simulator import NotAllowed, Permission, Person, ScriptedGuild, Simulator
from guildbase.simulator.world.entities import ChannelType


@pytest.fixture
def ada(guild: ScriptedGuild) -> Person:
    return guild.member("ada")


@pytest.fixture
def moderator(guild: ScriptedGuild) -> Person:
    return guild.member("moderator", roles=["Moderator"])


@pytest.fixture
def admin(guild: ScriptedGuild) -> Person:
    return guild.member("admin", roles=["Admin"])


async def entry(there: discord.Guild, action: discord.AuditLogAction) -> discord.AuditLogEntry:
    """Return the newest entry of that kind as discord.py reads it."""
    found = [it async for it in there.audit_logs(action=action, limit=1)]
    assert found, action
    return found[0]


async def test_a_ban_by_hand_is_heard_and_logged(
    bot: Any, guild: ScriptedGuild, there: discord.Guild, ada: Person, moderator: Person
) -> None:
    said = await ada.says("spam")
    await moderator.bans(ada, reason="spam", delete_seconds=60)
    await bot.until(lambda: bot.last("GUILD_BAN_ADD").get("user", {}).get("id") == str(ada.id))
    assert (ada.is_banned, ada.membership, said.deleted) == (True, None, True)
    logged = await entry(there, discord.AuditLogAction.ban)
    assert logged.user is not None
    assert (logged.user.id, logged.reason) == (moderator.id, "spam")
    with pytest.raises(NotAllowed, match="ada is banned"):
        await ada.joins()
    await moderator.unbans(ada)
    assert not ada.is_banned
    logged = await entry(there, discord.AuditLogAction.unban)
    assert logged.user is not None
    assert logged.user.id == moderator.id


async def test_what_is_missing_is_told_and_nothing_happens(
    guild: ScriptedGuild, ada: Person, moderator: Person, admin: Person
) -> None:
    refused = [
        (ada.bans(moderator), f"ada lacks BAN_MEMBERS in {guild.name}"),
        (ada.kicks(moderator), "ada lacks KICK_MEMBERS"),
        (ada.times_out(moderator, 60), "ada lacks MODERATE_MEMBERS"),
        (ada.creates_role("VIP"), "ada lacks MANAGE_ROLES"),
        (ada.creates_channel("mine"), "ada lacks MANAGE_CHANNELS"),
        (ada.changes_server(name="Mine"), "ada lacks MANAGE_GUILD"),
        (moderator.bans(admin), "admin stands as high as moderator"),
        (moderator.kicks(guild.owner), "owner stands as high as moderator or owns the server"),
        (moderator.times_out(ada, timedelta(days=40)), "communication_disabled_until: "),
        (moderator.unbans(ada), "Unknown Ban (10026)"),
    ]
    before = list(guild.audit_log)
    for deed, problem in refused:
        with pytest.raises(NotAllowed) as error:
            await deed
        assert problem in str(error.value)
    assert guild.audit_log == before
    assert ada.timed_out_until is None
    assert moderator.roles == ["Moderator"]


async def test_kicks_time_outs_roles_and_names(
    sim: Simulator, guild: ScriptedGuild, there: discord.Guild, ada: Person, moderator: Person, admin: Person
) -> None:
    await moderator.times_out(ada, 60, reason="calm down")
    assert ada.timed_out_until is not None
    with pytest.raises(NotAllowed, match="lacks SEND_MESSAGES"):
        await ada.says("but")
    logged = await entry(there, discord.AuditLogAction.member_update)
    assert logged.user is not None
    assert (logged.user.id, logged.reason) == (moderator.id, "calm down")
    await moderator.times_out(ada, None)
    assert not sim.world.is_timed_out(guild.guild.members[ada.id])
    guild.role("VIP")
    await admin.gives_role(ada, "VIP")
    assert ada.roles == ["VIP"]
    await admin.takes_role(ada, "VIP")
    assert ada.roles == []
    with pytest.raises(NotAllowed, match="has no role 'Nobody'"):
        await admin.gives_role(ada, "Nobody")
    await admin.renames(ada, "Countess")
    assert ada.nickname == "Countess"
    await ada.renames(ada, None)
    assert ada.nickname != "Countess"
    await moderator.kicks(ada, reason="bye")
    assert ada.membership is None
    logged = await entry(there, discord.AuditLogAction.kick)
    assert logged.user is not None
    assert (logged.user.id, logged.reason) == (moderator.id, "bye")


async def test_channels_roles_and_the_server(
    bot: Any, guild: ScriptedGuild, there: discord.Guild, ada: Person, admin: Person
) -> None:
    made = await admin.creates_channel("talk", ChannelType.VOICE, reason="to talk")
    await bot.until(lambda: there.get_channel(made.id))
    logged = await entry(there, discord.AuditLogAction.channel_create)
    assert logged.user is not None
    assert (logged.user.id, logged.reason) == (admin.id, "to talk")
    await admin.changes_channel("general", topic="all", rate_limit_per_user=30)
    assert guild.channel("general").topic == "all"
    await admin.deletes_channel(made)
    assert made.id not in guild.guild.channels
    role = await admin.creates_role("Helper", permissions=Permission.KICK_MEMBERS)
    await admin.changes_role(role, name="Keeper")
    assert role.name == "Keeper"
    await admin.gives_role(ada, role)
    await ada.kicks(guild.member("troll"))
    await admin.deletes_role("Keeper")
    assert ada.roles == []
    await guild.owner.changes_server(name=f"{guild.name}!")
    await bot.until(lambda: there.name.endswith("!"))
    logged = await entry(there, discord.AuditLogAction.guild_update)
    assert logged.user is not None
    assert logged.user.name == "owner"


async def test_deleting_what_others_wrote(
    guild: ScriptedGuild, there: discord.Guild, ada: Person, moderator: Person
) -> None:
    said = await ada.says("rude")
    await moderator.deletes(said)
    assert said.deleted
    logged = await entry(there, discord.AuditLogAction.message_delete)
    assert logged.user is not None
    assert logged.user.id == moderator.id
    before = len(guild.audit_log)
    await ada.deletes(await ada.says("never mind"))
    assert len(guild.audit_log) == before


async def test_the_bot_acts_in_its_own_name_afterwards(
    guild: ScriptedGuild, there: discord.Guild, ada: Person, moderator: Person
) -> None:
    with pytest.raises(NotAllowed):
        await ada.bans(moderator)
    await there.ban(discord.Object(ada.id), reason="by request")
    logged = await entry(there, discord.AuditLogAction.ban)
    assert logged.user is not None
    assert logged.user.id == there.me.id


async def test_anything_else_goes_by_the_api(guild: ScriptedGuild, admin: Person, ada: Person) -> None:
    rule = {
        "name": "No spam",
        "event_type": 1,
        "trigger_type": 1,
        "trigger_metadata": {"keyword_filter": ["buy now"]},
        "actions": [{"type": 1, "metadata": {"custom_message": "No advertising."}}],
        "enabled": True,
    }
    path = f"/guilds/{guild.id}/auto-moderation/rules"
    with pytest.raises(NotAllowed, match="ada lacks MANAGE_GUILD"):
        await ada.does("POST", path, rule)
    await admin.does("POST", path, rule)
    with pytest.raises(NotAllowed, match=r"No advertising\."):
        await ada.says("Buy now!")
    assert [it.text for it in guild.messages()] == []
    assert (await admin.says("Buy now!")).text == "Buy now!"


async def test_regression_whoever_kicks_or_bans_the_bot_takes_the_guild_from_it(bot: Any, sim: Simulator) -> None:
    for name, act in (("Kicks it", "DELETE {guild}/members/{bot}"), ("Bans it", "PUT {guild}/bans/{bot}")):
        guild = sim.guild(name)
        await bot.until(lambda guild=guild: bot.get_guild(guild.id))
        method, path = act.format(guild=f"/guilds/{guild.id}", bot=sim.bot_user_id).split()
        await guild.owner.does(method, path, {})
        await bot.until(lambda guild=guild: bot.get_guild(guild.id) is None)
        assert sim.bot_user_id not in guild.guild.members
        assert not any(it.bot_id for it in guild.guild.roles.values())


async def test_regression_people_reach_only_what_is_theirs(
    bot: Any, sim: Simulator, guild: ScriptedGuild, ada: Person
) -> None:
    await ada.sends_dm("a secret")
    dm = sim.world.dm_channels[ada.id]
    other = guild.member("other")
    for path in (f"/channels/{dm}", f"/channels/{dm}/messages"):
        with pytest.raises(NotAllowed, match="no part in this conversation"):
            await other.does("GET", path)
    secret = next(iter(sim.world.messages[dm]))
    forward = {"type": 1, "channel_id": str(dm), "message_id": str(secret)}
    general = f"/channels/{guild.channel('general').id}/messages"
    with pytest.raises(NotAllowed, match="Unknown Message"):
        await other.does("POST", general, {"message_reference": forward})
    with pytest.raises(NotAllowed, match="Only bots"):
        await other.does("PATCH", "/applications/@me", {"description": "mine now"})
    await other.does("DELETE", f"/users/@me/guilds/{guild.id}")
    assert (other.membership, sim.bot_user_id in guild.guild.members) == (None, True)
    with pytest.raises(NotAllowed, match="Invalid Guild"):
        await guild.owner.does("DELETE", f"/users/@me/guilds/{guild.id}")
