"""`/slowmode`, and what deletes messages that come too early for Discord to know."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.languages import language_of
from guildbase.bot.router import IncomingMessage
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _, speaking
from guildbase.core.ports import GuildSnapshot
from guildbase.core.validators import duration_text
from guildbase.features.channels.cog.lengths import length
from guildbase.features.channels.kinds import NATIVE_SLOW_MODE

if TYPE_CHECKING:
    from guildbase.features.channels.controller.slow_mode import SlowModeController

Slowable: TypeAlias = (
    discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread
)
SLOWABLE = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel, discord.ForumChannel, discord.Thread)
TELLING_LASTS = 10.0  # seconds


class SlowModes(BaseCog):
    """Let people write only now and then."""

    @property
    def slow_modes(self) -> SlowModeController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.channels.controller.slow_mode import SlowModeController

        return self.controller(SlowModeController)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_channels=True)
    async def slowmode(self, ctx: Context) -> None:
        """Let people write only now and then."""
        raise InvalidInput(_("Say how slow."), hint=_("`slowmode set 30s`, `slowmode off` or `slowmode list`."))

    @subcommand(slowmode, "set")
    @app_commands.describe(
        every="How long to wait between messages, such as 30s, 2h or 3d",
        channel="Which channel; this one by default",
        duration="For how long, such as 2h; then it is as before",
    )
    async def slowmode_set(
        self, ctx: Context, every: str, channel: Slowable | None = None, duration: str | None = None
    ) -> None:
        """Have everybody wait between their messages, up to 30 days."""
        caller, guild, where = await self.caller(ctx), self.guild(ctx), _channel(ctx, channel)
        slow_mode, lasting = length(every) or timedelta(), length(duration)
        shown = _delay(where)
        await self.slow_modes.set(caller, guild.id, where.id, slow_mode, shown=shown, duration=lasting)
        told = {"channel": where.mention, "every": duration_text(slow_mode)}
        text = _("In {channel} everybody now waits {every} between messages.", **told)
        if slow_mode > NATIVE_SLOW_MODE:
            text += " " + _("Discord keeps 6 hours of it; I delete what comes earlier than that allows.")
        if lasting is not None:
            text += " " + _("After {duration} it is as before.", duration=duration_text(lasting))
        await ctx.send(text, ephemeral=True)

    @subcommand(slowmode, "off")
    @app_commands.describe(channel="Which channel; this one by default")
    async def slowmode_off(self, ctx: Context, channel: Slowable | None = None) -> None:
        """Let everybody write as they like again."""
        caller, guild, where = await self.caller(ctx), self.guild(ctx), _channel(ctx, channel)
        await self.slow_modes.end(caller, guild.id, where.id, shown=_delay(where))
        await ctx.send(_("{channel} has no slow mode any more.", channel=where.mention), ephemeral=True)

    @subcommand(slowmode, "list")
    async def slowmode_list(self, ctx: Context) -> None:
        """Show where people have to wait."""
        from guildbase.features.channels.views.slow_modes import list_embed

        caller, guild = await self.caller(ctx), self.guild(ctx)
        ours = await self.slow_modes.list(caller, guild.id)
        here = [it for it in (*guild.channels, *guild.threads) if isinstance(it, SLOWABLE)]
        await ctx.send(embed=list_embed(ours, {it.id: _delay(it) for it in here}), ephemeral=True)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forget the slow mode of a channel that is gone."""
        await self.slow_modes.forget(channel.guild.id, channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        """Forget the slow mode of a thread that is gone."""
        await self.slow_modes.forget(thread.guild_id, thread.thread_id)


def is_slow(guild: GuildSnapshot) -> bool:
    """Whether any channel has such a slow mode."""
    from guildbase.features.channels.snapshot import SlowModes as Kept

    return bool(guild.get(Kept).seconds)


async def slow_down(incoming: IncomingMessage) -> bool:
    """Delete a message that comes too early for a slow mode of more than six hours, and say when it may."""
    from guildbase.features.channels.snapshot import SlowModes as Kept

    message: Any = incoming.message
    seconds = incoming.guild.get(Kept).seconds.get(message.channel.id) if incoming.guild is not None else None
    if seconds is None or _is_free(message):
        return False
    from guildbase.features.channels.controller.slow_mode import SlowModeController

    guild_id, slow_mode = message.guild.id, timedelta(seconds=seconds)
    controller = incoming.controller(SlowModeController)
    until = await controller.take_turn(guild_id, message.channel.id, message.author.id, message.created_at, slow_mode)
    if until is None:
        return False
    try:
        await message.delete()
    except discord.Forbidden:
        return False  # Nobody is told to wait for what stays.
    except discord.NotFound:
        return True
    when = discord.utils.format_dt(until, "R")
    with speaking(await language_of(incoming.bot.services, message.author.id, guild_id)):
        text = _(
            "{person}, this channel is slow: you may write again {when}.", person=message.author.mention, when=when
        )
    mentions = discord.AllowedMentions(everyone=False, roles=False, users=[message.author])
    with contextlib.suppress(discord.HTTPException):
        await message.channel.send(text, delete_after=TELLING_LASTS, allowed_mentions=mentions)
    return True


def _is_free(message: Any) -> bool:
    """Tell whether Discord's own slow modes do not hold for the author either."""
    allowed = message.channel.permissions_for(message.author)
    return bool(allowed.manage_messages or allowed.manage_channels or allowed.bypass_slowmode)


def _delay(channel: Any) -> int:
    return int(channel.slowmode_delay)


def _channel(ctx: Context, channel: Slowable | None) -> Slowable:
    where = channel or ctx.channel
    if isinstance(where, SLOWABLE):
        return where
    raise InvalidInput(_("This channel can have no slow mode."), hint=_("Pick another one."))
