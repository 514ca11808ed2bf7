"""What discord.py can fetch of a guild that has something of everything, to be fetched again with keys left out."""

from __future__ import annotations

import copy
import io
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import discord

from guildbase.simulator.world import entitlements, voice
from tests.simulator.reach import deletion
from tests.simulator.reach.deletion import Path
from tests.simulator.reach.journey import MP3, PIXEL, Journey, collected

Read = Callable[[Journey], Awaitable[object]]

READS: dict[str, Read] = {
    "application": lambda it: it.bot.application_info(),
    "audit log": lambda it: collected(it.guild.audit_logs()),
    "automod rules": lambda it: it.guild.fetch_automod_rules(),
    "bans": lambda it: collected(it.guild.bans()),
    "channel": lambda it: it.bot.fetch_channel(it.channel.id),
    "channels": lambda it: it.guild.fetch_channels(),
    "commands": lambda it: it.bot.tree.fetch_commands(guild=it.guild),
    "emojis": lambda it: it.guild.fetch_emojis(),
    "guild": lambda it: it.bot.fetch_guild(it.guild.id),
    "guilds": lambda it: collected(it.bot.fetch_guilds(limit=1)),
    "history": lambda it: collected(it.channel.history()),
    "integrations": lambda it: it.guild.integrations(),
    "member": lambda it: it.guild.fetch_member(it.person.id),
    "members": lambda it: collected(it.guild.fetch_members(limit=10)),
    "onboarding": lambda it: it.guild.onboarding(),
    "preview": lambda it: it.bot.fetch_guild_preview(it.guild.id),
    "role": lambda it: it.guild.fetch_role(it.guild.id),
    "roles": lambda it: it.guild.fetch_roles(),
    "scheduled events": lambda it: it.guild.fetch_scheduled_events(),
    "sounds": lambda it: it.guild.fetch_soundboard_sounds(),
    "stickers": lambda it: it.guild.fetch_stickers(),
    "templates": lambda it: it.guild.templates(),
    "application emojis": lambda it: it.bot.fetch_application_emojis(),
    "default sounds": lambda it: it.bot.fetch_soundboard_default_sounds(),
    "entitlements": lambda it: collected(it.bot.entitlements()),
    "invites": lambda it: it.guild.invites(),
    "pins": lambda it: collected(it.channel.pins()),
    "skus": lambda it: it.bot.fetch_skus(),
    "sticker packs": lambda it: it.bot.fetch_premium_sticker_packs(),
    "thread members": lambda it: it.channel.threads[0].fetch_members(),
    "threads": lambda it: it.guild.active_threads(),
    "user": lambda it: it.bot.fetch_user(it.person.id),
    "voice state": lambda it: it.member.fetch_voice(),
    "webhooks": lambda it: it.guild.webhooks(),
    "welcome screen": lambda it: it.guild.welcome_screen(),
    "widget": lambda it: it.guild.widget(),
}


async def furnish(it: Journey) -> None:
    """Put something of everything into the guild."""
    world = it.sim.world
    start = discord.utils.utcnow() + timedelta(days=1)
    file = discord.File(io.BytesIO(PIXEL), "a.png")
    sent = await it.channel.send("hello", embed=discord.Embed(title="T"), file=file)
    await sent.add_reaction("⭐")
    await sent.reply(f"see {it.member.mention}")
    await it.channel.set_permissions(it.member, send_messages=True)
    spoken = await it.guild.create_voice_channel("voice")
    voice.move(world, it.home.guild, it.person.id, spoken.id)
    await sent.create_thread(name="Thread")
    await it.bot.until(lambda: it.channel.threads)
    await it.channel.create_invite()
    await it.channel.create_webhook(name="Hook")
    await sent.pin()
    await it.bot.create_application_emoji(name="furnished", image=PIXEL)
    entitlements.grant(world, entitlements.offer(world, "Gold").id, user_id=it.person.id)
    await it.guild.ban(discord.Object(it.home.member("villain").id))
    await it.guild.create_stage_channel("stage")
    await it.guild.create_category("category")
    await it.guild.create_role(name="Role", colour=discord.Colour.red())
    await it.guild.create_custom_emoji(name="star", image=PIXEL)
    sticker = discord.File(io.BytesIO(PIXEL), "sticker.png")
    await it.guild.create_sticker(name="stick", description="What it shows", emoji="⭐", file=sticker)
    await it.guild.create_soundboard_sound(name="bang", sound=MP3, emoji="⭐")
    await it.guild.create_template(name="Template")
    await it.guild.create_automod_rule(
        name="Words",
        event_type=discord.AutoModRuleEventType.message_send,
        trigger=discord.AutoModTrigger(keyword_filter=["badword"]),
        actions=[discord.AutoModRuleAction(custom_message="No")],
    )
    await it.guild.create_scheduled_event(
        name="Party",
        start_time=start,
        end_time=start + timedelta(hours=1),
        entity_type=discord.EntityType.external,
        location="Here",
        privacy_level=discord.PrivacyLevel.guild_only,
    )
    await it.guild.edit(community=True, rules_channel=it.channel, public_updates_channel=it.channel)
    await it.guild.edit_welcome_screen(description="Welcome", enabled=True)
    await it.guild.edit_widget(enabled=True)


async def fatal_when_read(it: Journey, read: Read) -> set[Path]:
    """Return the keys of the answers without which discord.py cannot read them, tried one by one."""
    request = it.bot.http.request
    answers: list[Any] = []

    async def remembered(*wanted: Any, **options: Any) -> Any:
        answers.append(await request(*wanted, **options))
        return copy.deepcopy(answers[-1])

    found: set[Path] = set()
    try:
        it.bot.http.request = remembered
        await read(it)
        for number, answer in enumerate(answers):
            for path in deletion.paths(answer):
                given = iter([*answers[:number], deletion.without(answer, path), *answers[number + 1 :]])
                it.bot.http.request = _replay(given)
                try:
                    await read(it)
                except (KeyError, TypeError, AttributeError, ValueError):
                    found.add(path)
    finally:
        it.bot.http.request = request
    return found


def _replay(answers: Any) -> Callable[..., Awaitable[Any]]:
    async def given(*_: Any, **__: Any) -> Any:
        return copy.deepcopy(next(answers, []))

    return given
