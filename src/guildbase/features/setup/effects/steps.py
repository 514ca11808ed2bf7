"""Greets a server, makes its log channels and staff roles, and tells it what vanished."""

from __future__ import annotations

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.i18n import speaking
from guildbase.core.ports import SYSTEM, GuildSnapshots
from guildbase.features.setup import rules
from guildbase.features.setup.controller import ReconciliationController, SetupController
from guildbase.features.setup.controller.reconciliation import TELL_VANISHED
from guildbase.features.setup.controller.steps import LET_IN, MAKE_CHANNEL, MAKE_ROLE, asker_of
from guildbase.features.setup.effects.making import Overwrites, guild_of, hidden_channel, role_named, staff_of
from guildbase.features.setup.inspection import general
from guildbase.features.setup.models import ReconciliationState
from guildbase.features.setup.views.notices import vanished_embed, welcome_text
from guildbase.platform.guilds.controller import WELCOME

TO_WRITE = discord.PermissionOverwrite(view_channel=True, send_messages=True, embed_links=True)
TO_READ = discord.PermissionOverwrite(view_channel=True, send_messages=False)


@effect(WELCOME)
async def welcome(run: EffectRun) -> None:
    """Tell a new server how to begin, in the first channel where that is possible."""
    from guildbase.features.setup.views.begin import BeginView

    guild = run.guild()
    channel = _where_to_greet(guild) if guild is not None else None
    if guild is None or channel is None:
        return
    with speaking(await _language(run)):
        view = BeginView()
        # The cog's own one answers all presses; one kept for each server would never be let go of.
        view.stop()
        await channel.send(welcome_text(guild.me.display_name), view=view, nonce=run.nonce)


def _where_to_greet(guild: discord.Guild) -> discord.TextChannel | None:
    channels = [guild.system_channel, *sorted(guild.text_channels, key=lambda channel: channel.position)]
    return next((channel for channel in channels if channel is not None and _can_write(channel)), None)


def _can_write(channel: discord.TextChannel) -> bool:
    allowed = channel.permissions_for(channel.guild.me)
    return allowed.view_channel and allowed.send_messages


@effect(TELL_VANISHED)
async def tell_vanished(run: EffectRun) -> None:
    """Tell the server's log channel what its settings speak of in vain."""
    guild = run.guild()
    report = await run.controller(ReconciliationController).report(SYSTEM, run.guild_id)
    if guild is None or report is None or report.state is not ReconciliationState.OPEN:
        return
    settings = await general(run.bot, run.guild_id)
    for channel_id in (settings.audit_log_channel, settings.mod_log_channel):
        channel = guild.get_channel(channel_id) if channel_id is not None else None
        if isinstance(channel, discord.TextChannel) and _can_write(channel):
            with speaking(await _language(run)):
                await channel.send(embed=vanished_embed(report), nonce=run.nonce)
            return


@effect(MAKE_CHANNEL)
async def make_channel(run: EffectRun) -> None:
    """Make a log channel that only the staff sees, and set it."""
    guild, setting = guild_of(run), run.payload["setting"]
    overwrites: Overwrites = {guild.me: TO_WRITE, **dict.fromkeys(await staff_of(run, guild), TO_READ)}
    made_id = await hidden_channel(run, guild, rules.LOGS[setting], overwrites)
    await run.controller(SetupController).save_made(asker_of(run.payload, guild.id), guild.id, setting, made_id)


@effect(MAKE_ROLE)
async def make_role(run: EffectRun) -> None:
    """Make a role for the permission level, and set it."""
    guild, level = guild_of(run), run.payload["level"]
    made = await role_named(run, guild, rules.STAFF[level])
    asker = asker_of(run.payload, guild.id)
    await run.controller(SetupController).save_made(asker, guild.id, f"level_{level}_role", made.id)


@effect(LET_IN)
async def let_in(run: EffectRun) -> None:
    """Let the bot write in the channel."""
    guild = guild_of(run)
    channel = guild.get_channel(int(run.payload["channel_id"]))
    if channel is None or isinstance(channel, discord.CategoryChannel):
        return  # No repetition brings it back; the next check says that it is gone.
    overwrite = channel.overwrites_for(guild.me)
    overwrite.update(view_channel=True, send_messages=True, embed_links=True)
    await channel.set_permissions(guild.me, overwrite=overwrite, reason="/setup")


async def _language(run: EffectRun) -> str:
    return (await run.bot.services.get(GuildSnapshots).load(run.guild_id)).locale
