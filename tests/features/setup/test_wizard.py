"""The setup page by page: what it shows, fixes, makes and saves, and for whom."""

from __future__ import annotations

import re
from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.features.setup.controller import SetupController, steps
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.container import BotServices
from guildbase.services.outbox import EffectState, Outbox
from guildbase.simulator import Permission, Person, ScriptedGuild, Simulator
from tests.factories import member as a_member
from tests.features.setup.conftest import MANAGER
from tests.features.setup.scripted import choose, names, on, press
from tests.waiting import until

VIEW, SEND = Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES
SHOW = Permission.EMBED_LINKS | Permission.ATTACH_FILES


async def _settings(bot: GuildbaseBot, guild: ScriptedGuild) -> Any:
    return (await bot.services.get(ConfigurationController).current(guild.id, "guilds")).settings


async def test_a_bot_with_all_it_needs_hears_so(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    await guildbase_bot.services.get(ConfigurationController).change(
        SYSTEM,
        guild.id,
        "guilds",
        {"mod_log_channel": str(guild.find_channel("mod-log").id), "level_3_role": str(guild.role("Helpers").id)},
    )
    punishing = {"mute_role": str(guild.role("Muted").id), "jail_role": str(guild.role("Jailed").id)}
    punishing["jail_channel"] = str(guild.channel("jail").id)
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "moderation", punishing)
    here = guildbase_bot.guilds[0]
    await until(lambda: {"jail"} <= {it.name for it in here.channels} and {"Jailed"} <= {it.name for it in here.roles})
    reply = await guild.owner.slash("setup")
    assert reply.ephemeral
    assert "All is well" in reply.text
    assert names(reply) == {"again", "next"}


async def test_missing_permissions_are_named_and_asked_for_by_a_link(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    guild.grant_bot(VIEW | SEND)
    reply = await manager.slash("setup")
    assert "**Manage Channels** (" in reply.text
    assert "to make the log channels that you ask for" in reply.text
    assert "View Channel" not in reply.text
    (link,) = re.findall(r"https://discord\.com/oauth2/authorize\S*?(?=')", str(reply.components))
    asked = int(re.findall(r"permissions=(\d+)", link)[0])
    needed = int(VIEW | SEND | SHOW | Permission.MANAGE_CHANNELS | Permission.MANAGE_ROLES)
    assert asked & needed == needed
    assert f"guild_id={guild.id}" in link
    guild.grant_bot(asked)
    again = await press(reply, "again")
    assert "I lack permissions" not in again.text


async def test_a_log_channel_that_shuts_the_bot_out_is_opened_by_a_press(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, manager: Person
) -> None:
    guild.grant_bot(VIEW | SEND | SHOW | Permission.MANAGE_ROLES | Permission.MANAGE_CHANNELS)
    channel = guild.find_channel("mod-log")
    await guild.owner.does("PUT", f"/channels/{channel.id}/permissions/{guild.id}", {"type": 0, "deny": str(int(SEND))})
    await guildbase_bot.services.get(ConfigurationController).change(
        SYSTEM, guild.id, "guilds", {"mod_log_channel": str(channel.id)}
    )
    reply = await manager.slash("setup")
    assert f"In <#{channel.id}> I lack Embed Links, Send Messages" in reply.text
    done = await press(reply, "let_in_0")
    assert done.text.startswith("Done.")
    assert f"In <#{channel.id}> I lack" not in done.text


async def test_a_refusal_of_discord_is_told(guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person) -> None:
    guild.grant_bot(VIEW | SEND | SHOW)
    reply = await manager.slash("setup", step="logs")
    refused = await press(reply, "make_mod_log_channel")
    assert "Discord did not let me" in refused.text
    assert (await _settings(guildbase_bot, guild)).mod_log_channel is None


async def test_a_channel_and_a_role_are_made_and_set(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person, member: Person
) -> None:
    staff = await press(await manager.slash("setup", step="staff"), "make_level_3")
    assert staff.text.startswith("Done.")
    logs = await press(await manager.slash("setup", step="logs"), "make_audit_log_channel")
    assert logs.text.startswith("Done.")
    settings = await _settings(guildbase_bot, guild)
    made, role = guild.find_channel("audit-log"), guild.role("Moderator")
    assert (settings.audit_log_channel, settings.level_3_role) == (made.id, role.id)
    assert role.permissions == 0
    # The members do not see the log, and the new moderators do.
    assert str(guild.id) in {str(it) for it in made.overwrites}
    history = await guildbase_bot.services.get(ConfigurationController).history(SYSTEM, guild.id, "guilds")
    assert {(entry.kind, entry.author_id) for entry in history.entries} == {("setup", manager.id)}
    assert "make_audit_log_channel" not in names(logs)


async def test_an_answer_that_was_lost_makes_no_second_channel(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, manager: Person
) -> None:
    reply = await manager.slash("setup", step="logs")
    with discord.faults.rest("POST /guilds/{guild_id}/channels", cut="after", times=1) as fault:
        done = await press(reply, "make_audit_log_channel")
        if "Done." not in done.text:  # It took two seconds or more, so a first answer said that it goes on.
            done = await done.edited(matching="Done.")
    assert fault.hits == 1
    assert done.text.startswith("Done.")
    made = [it.id for it in guild.guild.channels.values() if it.name == "audit-log"]
    assert made == [(await _settings(guildbase_bot, guild)).audit_log_channel]


async def test_an_old_channel_of_the_same_name_is_not_taken_for_the_new_one(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    old = guild.find_channel("mod-log").id
    await press(await manager.slash("setup", step="logs"), "make_mod_log_channel")
    made = (await _settings(guildbase_bot, guild)).mod_log_channel
    assert made not in (None, old)


async def test_channels_and_roles_that_are_there_can_be_picked_and_left_out_again(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    channel, role = guild.find_channel("mod-log"), guild.role("Helpers")
    logs = await choose(await manager.slash("setup", step="logs"), "mod_log_channel", channel)
    staff = await choose(await manager.slash("setup", step="staff"), "level_5", role)
    settings = await _settings(guildbase_bot, guild)
    assert (settings.mod_log_channel, settings.level_5_role) == (channel.id, role.id)
    await choose(logs, "mod_log_channel")
    refused = await choose(staff, "level_3", role)
    assert "more than one level" in refused.text
    settings = await _settings(guildbase_bot, guild)
    assert (settings.mod_log_channel, settings.level_5_role, settings.level_3_role) == (None, role.id, None)


async def test_a_prefix_that_cannot_be_is_refused_and_nothing_changes(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    page = await manager.slash("setup", step="language")
    form = (await press(page, "prefix")).modal
    assert form is not None
    refused = await form.submit(prefix="a\u200bb")
    assert "cannot be" in refused.text
    assert (await _settings(guildbase_bot, guild)).prefix == "!"


async def test_features_are_switched_off_and_on(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    page = await manager.slash("setup", step="features")
    (menu,) = [item for row in page.components for item in row["components"] if item["type"] == 3]
    offered = [option["value"] for option in menu["options"]]
    assert "moderation" in offered
    assert not {"setup", "configuration", "permissions", "status"} & {*offered}
    off = await choose(page, "features", *[name for name in offered if name != "moderation"])
    assert "moderation" in off.text
    configuration = guildbase_bot.services.get(ConfigurationController)
    toggles: Any = (await configuration.current(guild.id, "configuration")).settings
    assert toggles.features_off == {"moderation": ""}
    await choose(off, "features", *offered)
    toggles = (await configuration.current(guild.id, "configuration")).settings
    assert toggles.features_off == {}


async def test_only_who_may_manage_the_server_gets_in_and_a_right_that_is_lost_ends_it(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person, member: Person
) -> None:
    page = await manager.slash("setup", step="logs")
    await guild.owner.takes_role(manager, MANAGER)
    refused = await press(page, "make_audit_log_channel")
    assert "takes Manage Server" in refused.text
    assert "audit-log" not in {it.name for it in guild.guild.channels.values()}
    await member.says("!setup")
    assert "takes Manage Server" in (await member.hears()).text


def test_who_left_the_setup_without_a_word_is_forgotten(services: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    controller = services.get(SetupController)
    assert controller.enter(1, 11) == controller.enter(2, 12) == []
    assert controller.enter(1, 13) == [11]
    monkeypatch.setattr(steps, "PRESENT_FOR", 0.0)
    assert controller.enter(1, 14) == []
    assert [*controller._present] == [(1, 14)]


async def test_a_second_admin_is_told_of_the_first(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    first = await manager.slash("setup", step="staff")
    second = await guild.owner.slash("setup", step="staff")
    assert f"<@{manager.id}> is in this setup, too" in second.text
    first = await press(first, "next")
    assert f"<@{guild.owner.id}> is in this setup, too" in first.text
    for _step in range(3):
        second = await press(second, "next")
    done = await press(await press(await press(first, "next"), "next"), "finish")
    assert "The setup is done" in done.text
    assert not names(done)


async def test_the_setup_works_as_a_text_command(guild: ScriptedGuild, manager: Person) -> None:
    await manager.says("!setup summary")
    assert "Setup: summary" in (await manager.hears()).text


async def test_nobody_makes_anything_without_the_right_or_of_an_unknown_kind(guildbase_bot: GuildbaseBot) -> None:
    guild_id = guildbase_bot.guilds[0].id
    controller = guildbase_bot.services.get(SetupController)
    with pytest.raises(PermissionDenied):
        await controller.let_in(a_member(guild_id), guild_id, 1)
    with pytest.raises(InvalidInput):
        await controller.make_channel(SYSTEM, guild_id, "prefix")
    with pytest.raises(InvalidInput):
        await controller.make_role(SYSTEM, guild_id, 7)


async def test_what_cannot_be_done_any_more_ends_quietly(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    controller, outbox = guildbase_bot.services.get(SetupController), guildbase_bot.services.get(Outbox)
    effect_id = await controller.let_in(SYSTEM, guild.id, guild.id)
    assert await outbox.outcome(effect_id, timeout=5) is EffectState.DONE


async def test_what_is_gone_is_taken_out_or_left_by_a_press(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    configuration = guildbase_bot.services.get(ConfigurationController)
    for _ in range(2):
        role = guild.role("Helpers")
        await configuration.change(SYSTEM, guild.id, "guilds", {"level_3_role": str(role.id)})
        await guild.owner.deletes_role("Helpers")
        await until(lambda gone=role.id: guildbase_bot.guilds[0].get_role(gone) is None)  # type: ignore[misc]
    page = await manager.slash("setup")
    assert "1 setting speaks of a role or channel that is gone" in page.text
    left = await press(page, "dismiss")
    assert "repair" not in names(left)
    await configuration.change(SYSTEM, guild.id, "guilds", {"mod_log_channel": str(guild.channel("talk").id)})
    await guild.owner.deletes_channel("talk")
    await until(lambda: "talk" not in {it.name for it in guildbase_bot.guilds[0].channels})
    page = await press(left, "again")
    assert "2 settings speak" in page.text
    done = await press(page, "repair")
    assert "Taken out" in done.text
    settings = await _settings(guildbase_bot, guild)
    assert (settings.level_3_role, settings.mod_log_channel) == (None, None)
    assert on(done, "again")
