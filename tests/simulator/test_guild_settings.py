from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest

from guildbase.simulator import Permission, ScriptedGuild, Simulator
from guildbase.simulator.world import integrations
from tests.simulator.conformance.pictures import PNG, uri


@pytest.fixture(autouse=True)
def cdn_of_the_simulator(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.Asset, "BASE", sim.cdn_url)


async def test_editing_the_guild(bot: Any, there: discord.Guild, guild: ScriptedGuild) -> None:
    general = there.text_channels[0]
    lounge = await there.create_voice_channel("Lounge")
    await there.edit(
        name="Club",
        description="For all",
        icon=PNG,
        afk_channel=lounge,
        afk_timeout=900,
        system_channel=general,
        system_channel_flags=discord.SystemChannelFlags(join_notifications=True),
        verification_level=discord.VerificationLevel.high,
        default_notifications=discord.NotificationLevel.only_mentions,
        explicit_content_filter=discord.ContentFilter.all_members,
        preferred_locale=discord.Locale.german,
        reason="anew",
    )
    await bot.until(lambda: there.name == "Club" and there.verification_level is discord.VerificationLevel.high)
    assert (there.description, there.afk_channel, there.afk_timeout) == ("For all", lounge, 900)
    assert there.icon is not None
    assert await there.icon.read() == PNG
    entry: Any = await anext(there.audit_logs(action=discord.AuditLogAction.guild_update))
    assert (entry.reason, entry.after.name, entry.after.afk_channel) == ("anew", "Club", lounge)
    assert (entry.before.system_channel, entry.after.system_channel) == (None, general)
    assert await entry.after.icon.read() == PNG
    await there.edit(icon=None, afk_channel=None, description=None)
    await bot.until(lambda: there.icon is None)
    assert there.afk_channel is None
    assert guild.guild.settings.description is None
    before = len(guild.audit_log)
    await there.edit(name="Club")
    assert len(guild.audit_log) == before


async def test_who_may_edit(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ada = guild.member("ada")
    path = f"/guilds/{guild.id}"
    assert (await api("PATCH", path, {"owner_id": str(ada.id)}))[1]["code"] == 50013
    guild.guild.owner_id = bot.user.id
    assert (await api("PATCH", path, {"owner_id": "5"}))[1]["code"] == 10007
    assert (await api("PATCH", path, {"owner_id": str(ada.id)}))[1]["owner_id"] == str(ada.id)
    guild.grant_bot(0)
    with pytest.raises(discord.Forbidden) as error:
        await there.edit(name="Other")
    assert error.value.code == 50013


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x"}, "name"),
        ({"icon": "nothing"}, "icon"),
        ({"afk_timeout": 61}, "afk_timeout"),
        ({"verification_level": 5}, "verification_level"),
        ({"preferred_locale": "tlh"}, "preferred_locale"),
        ({"system_channel_id": "5"}, "system_channel_id"),
        ({"system_channel_flags": 1 << 70}, "system_channel_flags"),
        ({"features": ["COMMUNITY"]}, "rules_channel_id"),
    ],
)
async def test_what_is_refused(guild: ScriptedGuild, api: Any, body: dict[str, Any], field: str) -> None:
    name = guild.name
    status, answer, _ = await api("PATCH", f"/guilds/{guild.id}", body | {"description": "changed"})
    assert (status, answer["code"]) == (400, 50035)
    assert answer["errors"][field]["_errors"]
    assert (guild.name, guild.guild.settings.description) == (name, None)


async def test_features(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    general, log = there.text_channels
    await there.edit(community=True, rules_channel=general, public_updates_channel=log)
    await bot.until(lambda: "COMMUNITY" in there.features)
    assert there.rules_channel == general
    await there.edit(invites_disabled=True)
    await bot.until(lambda: "INVITES_DISABLED" in there.features)
    await api("PATCH", f"/guilds/{guild.id}", {"features": ["VERIFIED"]})
    await bot.until(lambda: "INVITES_DISABLED" not in there.features)
    assert "VERIFIED" not in guild.guild.settings.features
    assert (await api("PATCH", f"/guilds/{guild.id}", {"banner": uri(PNG)}))[1]["code"] == 50101
    guild.guild.settings.features += ("BANNER",)
    assert (await api("PATCH", f"/guilds/{guild.id}", {"banner": uri(PNG)}))[1]["banner"]
    guild.grant_bot(Permission.MANAGE_GUILD)
    with pytest.raises(discord.Forbidden):
        await there.edit(community=True, rules_channel=general, public_updates_channel=log)


async def test_newcomers_are_greeted(there: discord.Guild, guild: ScriptedGuild) -> None:
    general = there.text_channels[0]
    guild.member("early")
    await there.edit(system_channel=general)
    ada = guild.member("ada")
    greeting = guild.messages("general")[-1]
    seen = await general.fetch_message(greeting.id)
    assert (seen.type, seen.author.id) == (discord.MessageType.new_member, ada.id)
    await there.edit(system_channel_flags=discord.SystemChannelFlags(join_notifications=False))
    guild.member("eve")
    assert len(guild.messages("general")) == 1


async def test_raid_measures(bot: Any, there: discord.Guild, sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    until = sim.world.clock.now() + timedelta(hours=1)
    await there.edit(invites_disabled_until=until)
    await bot.until(there.invites_paused)
    assert there.invites_paused_until == until
    path = f"/guilds/{guild.id}/incident-actions"
    late = (until + timedelta(days=2)).isoformat()
    assert (await api("PUT", path, {"dms_disabled_until": late}))[1]["errors"]["dms_disabled_until"]
    await api("PUT", path, {"invites_disabled_until": None})
    await bot.until(lambda: not there.invites_paused())
    assert guild.guild.settings.invites_disabled_until is None


async def test_preview_and_vanity(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    preview = await bot.fetch_guild_preview(guild.id)
    assert preview.approximate_member_count == 2
    assert await there.vanity_invite() is None
    assert (await bot.fetch_guild(guild.id)).approximate_member_count == 2
    await guild.remove_bot()
    assert (await api("GET", f"/guilds/{guild.id}/preview"))[1]["code"] == 10004
    guild.guild.settings.features = ("DISCOVERABLE",)
    assert (await bot.fetch_guild_preview(guild.id)).name == guild.name
    assert (await api("GET", f"/guilds/{guild.id}"))[1]["code"] == 50001


async def test_templates(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    guild.role("VIP")
    made = await there.create_template(name="Start", description="A beginning")
    assert {it.name for it in made.source_guild.roles} == {"@everyone", "VIP"}
    assert [it.name for it in made.source_guild.text_channels] == ["general", "mod-log"]
    assert not made.is_dirty
    guild.channel("new")
    assert (await bot.fetch_template(made.code)).is_dirty
    synced = await made.sync()
    assert len(synced.source_guild.text_channels) == 3
    edited = await made.edit(name="Go", description=None)
    assert [(it.name, it.description) for it in await there.templates()] == [("Go", None)]
    assert (await api("POST", f"/guilds/{guild.id}/templates", {"name": "Two"}))[1]["code"] == 30031
    await edited.delete()
    with pytest.raises(discord.NotFound):
        await bot.fetch_template(made.code)


async def test_welcome_screen_and_onboarding(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    general = there.text_channels[0]
    shown = discord.WelcomeChannel(channel=general, description="Talk", emoji=None)
    screen = await there.edit_welcome_screen(description="Hello", welcome_channels=[shown], enabled=True)
    assert (screen.description, screen.welcome_channels[0].channel) == ("Hello", general)
    assert "WELCOME_SCREEN_ENABLED" in guild.guild.settings.features
    assert (await there.welcome_screen()).description == "Hello"
    role = guild.role("Reader")
    option = discord.OnboardingPromptOption(title="Books", emoji="📚", roles=[discord.Object(role.id)])
    prompt = discord.OnboardingPrompt(
        type=discord.OnboardingPromptType.multiple_choice, title="What?", options=[option], required=True
    )
    made = await there.edit_onboarding(prompts=[prompt], default_channels=[general], reason="ask")
    assert made.prompts[0].options[0].role_ids == {role.id}
    assert (await there.onboarding()).default_channels == [general]
    assert guild.audit_log[0]["action_type"] == 167
    with pytest.raises(discord.HTTPException) as error:
        await there.edit_onboarding(enabled=True)
    assert error.value.code == 350000
    bad = {"prompts": [{"id": "1", "title": "t", "options": [{"title": "o", "role_ids": ["5"]}]}]}
    answer = (await api("PUT", f"/guilds/{guild.id}/onboarding", bad))[1]
    assert answer["errors"]["prompts"]["0"]["options"]["0"]["role_ids"]


async def test_the_widget(there: discord.Guild, guild: ScriptedGuild, sim: Simulator) -> None:
    with pytest.raises(discord.Forbidden):
        await there.widget()
    await there.create_voice_channel("Lounge")
    await there.edit_widget(enabled=True, channel=there.text_channels[0])
    widget = await there.widget()
    assert ([it.name for it in widget.channels], [it.name for it in widget.members]) == (["Lounge"], ["guildbase"])
    guild.guild.roles[guild.id].permissions &= ~int(Permission.VIEW_CHANNEL)
    assert (await there.widget()).channels == []
    async with aiohttp.ClientSession() as stranger:
        async with stranger.get(f"{sim.base_url}/guilds/{guild.id}/widget.png") as answer:
            assert (answer.content_type, (await answer.read())[:4]) == ("image/png", b"\x89PNG")
        async with stranger.get(f"{sim.base_url}/guilds/{guild.id}/widget") as answer:
            assert answer.status == 401


async def test_the_bot_is_an_integration(bot: Any, there: discord.Guild, guild: ScriptedGuild, sim: Simulator) -> None:
    other = integrations.add(sim.world, guild.guild, "Music")
    await bot.until(lambda: bot.last("INTEGRATION_CREATE").get("id") == str(other.id))
    integrations.rename(sim.world, guild.guild, other, "Tunes")
    await bot.until(lambda: bot.last("INTEGRATION_UPDATE").get("name") == "Tunes")
    own, found = await there.integrations()
    await found.delete(reason="noise")
    await bot.until(lambda: bot.last("INTEGRATION_DELETE").get("id") == str(other.id))
    assert (guild.audit_log[0]["action_type"], guild.audit_log[0]["reason"]) == (82, "noise")
    assert isinstance(own, discord.BotIntegration)
    assert own.application.user == bot.user
    await own.delete()
    await bot.until(lambda: bot.get_guild(guild.id) is None)


async def test_what_only_people_may_do(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    path = f"/guilds/{guild.id}"
    for method, it in (("POST", "/guilds"), ("DELETE", path), ("POST", f"{path}/mfa"), ("POST", "/guilds/templates/x")):
        status, answer, _ = await api(method, it, {"name": "Mine"})
        assert (status, answer["code"]) == (403, 20001)
    with pytest.raises(discord.Forbidden):
        await there.edit(vanity_code="mine")
