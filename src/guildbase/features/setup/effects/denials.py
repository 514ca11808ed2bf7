"""Makes the roles of mute and jail and the jail's channel, and denies the roles in channels."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

import discord

from guildbase.bot.effects import EffectRun, Refused, effect
from guildbase.core.i18n import _
from guildbase.features.setup import denials
from guildbase.features.setup.controller import SetupController
from guildbase.features.setup.controller.steps import DENY, MAKE_PUNISHMENTS, asker_of
from guildbase.features.setup.denials import JAIL_CHANNEL, JAIL_ROLE, MODERATION, MUTE_ROLE, NAMES
from guildbase.features.setup.effects.making import (
    Overwrites,
    guild_of,
    hidden_channel,
    reason_of,
    role_named,
    staff_of,
)
from guildbase.features.setup.inspection import givable

_GUILDS: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""Of two presses the second one finds what the first one has set."""
TO_TALK = discord.PermissionOverwrite(view_channel=True, send_messages=True, read_message_history=True)


@effect(MAKE_PUNISHMENTS)
async def make_punishments(run: EffectRun) -> None:
    """Make and set what is missing of the roles and the jail's channel, and have all channels deny the roles."""
    guild, lock = guild_of(run), _GUILDS.setdefault(run.guild_id, asyncio.Lock())
    async with lock:
        await _make_role(run, guild, MUTE_ROLE)
        await _make_role(run, guild, JAIL_ROLE)
        await _make_jail(run, guild)
        channels = await run.bot.http.get_all_guild_channels(guild.id)
        await run.controller(SetupController).spread(guild.id, denials.independent(channels), run.payload)


async def _make_role(run: EffectRun, guild: discord.Guild, setting: str) -> None:
    if await _set(run, setting) not in givable(await guild.fetch_roles()):
        await _save(run, setting, (await role_named(run, guild, NAMES[setting])).id)


async def _make_jail(run: EffectRun, guild: discord.Guild) -> None:
    """Make a channel for the staff; those in jail are let in like all else that channels say about their role."""
    if await _set(run, JAIL_CHANNEL) in {channel.id for channel in await guild.fetch_channels()}:
        return
    overwrites: Overwrites = {guild.me: TO_TALK, **dict.fromkeys(await staff_of(run, guild), TO_TALK)}
    await _save(run, JAIL_CHANNEL, await hidden_channel(run, guild, NAMES[JAIL_CHANNEL], overwrites))


async def _set(run: EffectRun, setting: str) -> int | None:
    value: int | None = getattr(await run.controller(SetupController).punishments(run.guild_id), setting)
    return value


async def _save(run: EffectRun, setting: str, made_id: int) -> None:
    asker = asker_of(run.payload, run.guild_id)
    await run.controller(SetupController).save_made(asker, run.guild_id, setting, made_id, feature=MODERATION)


@effect(DENY)
async def deny(run: EffectRun) -> None:
    """Deny the roles that are set now in the channel, as far as it does not do so yet."""
    channel_id = int(run.payload["channel_id"])
    settings = await run.controller(SetupController).punishments(run.guild_id)
    try:
        channel = await run.bot.http.get_channel(channel_id)
        for setting in denials.DENIED:
            role_id, is_jail = getattr(settings, setting), channel_id == settings.jail_channel
            there = denials.overwrite_of(channel, role_id)
            wanted = denials.wanted(setting, there, is_jail=is_jail)
            if role_id not in (None, run.guild_id) and wanted != there:
                await run.bot.http.edit_channel_permissions(
                    channel_id, role_id, str(wanted.allow), str(wanted.deny), 0, reason=reason_of(run)
                )
    except discord.NotFound:
        return  # The channel or the role was deleted at this moment; the page shows what is left to do.
    except discord.Forbidden as error:
        raise Refused(_("I may not change the permissions of this channel.")) from error
