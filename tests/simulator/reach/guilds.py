from __future__ import annotations

import discord

from guildbase.simulator.world import boosts as world_boosts
from guildbase.simulator.world import integrations as world_integrations
from tests.simulator.reach.journey import MP3, PIXEL, Journey, collected, scenario


@scenario
async def the_guild(it: Journey) -> None:
    assert (await it.bot.fetch_guild(it.guild.id)).name == it.guild.name
    assert it.guild.id in [one.id async for one in it.bot.fetch_guilds()]
    assert (await it.bot.fetch_guild_preview(it.guild.id)).id == it.guild.id
    await it.hears("guild_update", it.guild.edit(name="Renamed", description="What it is"))
    entries, _ = await it.hears("audit_log_entry_create", _edited(it))
    assert entries[0].action == discord.AuditLogAction.guild_update


async def _edited(it: Journey) -> list[discord.AuditLogEntry]:
    await it.guild.edit(name="Again", reason="for fun")
    return await collected(it.guild.audit_logs(limit=1))


@scenario
async def leaving(it: Journey) -> None:
    await it.hears("guild_remove", it.guild.leave())


@scenario
async def settings(it: Journey) -> None:
    await it.guild.edit(
        community=True,
        rules_channel=it.channel,
        public_updates_channel=it.channel,
        verification_level=discord.VerificationLevel.low,
        explicit_content_filter=discord.ContentFilter.all_members,
    )
    await it.guild.edit(invites_disabled_until=discord.utils.utcnow())
    await it.guild.edit_welcome_screen(description="Welcome", enabled=True)
    assert (await it.guild.welcome_screen()).description == "Welcome"
    await it.guild.edit_widget(enabled=True)
    assert (await it.guild.widget()).id == it.guild.id
    await it.guild.edit_onboarding(prompts=[], default_channels=[], enabled=False)
    assert (await it.guild.onboarding()).guild == it.guild
    assert await it.guild.vanity_invite() is None


@scenario
async def integrations(it: Journey) -> None:
    own = (await it.guild.integrations())[0]
    await it.hears("guild_remove", own.delete())


@scenario
async def templates(it: Journey) -> None:
    template = await it.guild.create_template(name="Template")
    assert [one.code for one in await it.guild.templates()] == [template.code]
    assert (await it.bot.fetch_template(template.code)).name == "Template"
    assert (await template.edit(name="Other")).name == "Other"
    await template.sync()
    await template.delete()


@scenario
async def a_member(it: Journey) -> None:
    _, joined = await it.hears("member_join", lambda: it.home.member("newcomer"))
    assert await it.guild.fetch_member(joined.id) == joined
    assert joined in await collected(it.guild.fetch_members())
    assert [one.id for one in await it.guild.query_members("newcomer")] == [joined.id]
    _, (_, after) = await it.hears("member_update", joined.edit(nick="Nick"))
    assert after.nick == "Nick"
    role, _ = await it.hears("guild_role_create", it.guild.create_role(name="Role"))
    await it.hears("member_update", joined.add_roles(role))
    await it.hears("member_update", joined.remove_roles(role))
    await it.guild.me.edit(nick="Me")
    await it.hears("member_remove", joined.kick())


@scenario
async def roles(it: Journey) -> None:
    role, _ = await it.hears("guild_role_create", it.guild.create_role(name="Role", colour=discord.Colour.red()))
    assert role in await it.guild.fetch_roles()
    assert await it.guild.fetch_role(role.id) == role
    assert (await it.guild.role_member_counts())[role] == 0
    await it.hears("guild_role_update", role.edit(name="Other"))
    other = await it.guild.create_role(name="Other")
    await it.bot.until(lambda: it.guild.me.top_role.position == 3)
    await it.hears("guild_role_update", other.edit(position=2))
    await it.hears("guild_role_delete", role.delete())


@scenario
async def bans(it: Journey) -> None:
    member = it.member
    await it.hears("member_ban", it.guild.ban(member, delete_message_seconds=0))
    assert (await it.guild.fetch_ban(member)).user == member
    assert [one.user.id async for one in it.guild.bans()] == [member.id]
    await it.hears("member_unban", it.guild.unban(member))
    await it.guild.bulk_ban([member])
    assert await it.guild.estimate_pruned_members(days=7) == 0
    assert await it.guild.prune_members(days=7) == 0


@scenario
async def presences(it: Journey) -> None:
    await it.hears("presence_update", it.person.goes("idle"))


@scenario
async def the_bot_itself(it: Journey) -> None:
    assert (await it.bot.application_info()).id == it.sim.application_id
    info = await (await it.bot.application_info()).edit(description="A bot")
    assert info.description == "A bot"
    await it.told("USER_UPDATE", it.bot.user.edit(avatar=PIXEL))


@scenario
async def other_applications(it: Journey) -> None:
    world, guild = it.sim.world, it.home.guild
    one, _ = await it.hears("integration_create", lambda: world_integrations.add(world, guild, "Other"))
    await it.hears("guild_integrations_update", lambda: world_integrations.rename(world, guild, one, "Another"))
    assert "INTEGRATION_UPDATE" in {event.get("t") for event in it.bot.raw}
    await it.hears("raw_integration_delete", lambda: world_integrations.remove(world, guild, one))


@scenario
async def boosts(it: Journey) -> None:
    made, _ = await it.hears(
        "soundboard_sound_create", it.guild.create_soundboard_sound(name="bang", sound=MP3, emoji="⭐")
    )
    await it.told("GUILD_SOUNDBOARD_SOUNDS_UPDATE", lambda: world_boosts.set_level(it.sim.world, it.home.guild, 1))
    assert it.guild.premium_tier == 1
    assert it.guild.get_soundboard_sound(made.id) is not None
