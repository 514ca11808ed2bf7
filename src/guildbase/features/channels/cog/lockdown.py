"""`/lockdown` and `/unlock`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Literal, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command, hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import GuildSnapshots
from guildbase.features.channels.cog.lengths import length
from guildbase.features.channels.kinds import MAX_REASON
from guildbase.services.outbox import Outbox

if TYPE_CHECKING:
    from guildbase.core.ports import Caller
    from guildbase.features.channels.controller.lockdown import LockdownController, Progress

Lockable: TypeAlias = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
FOLLOWED_FOR = 600.0  # seconds that an answer follows the channels; the work goes on without it
LOOK_EVERY, TELL_EVERY = 0.2, 2.0  # seconds


class Lockdown(BaseCog):
    """Lock channels, and give them back exactly as they were."""

    @property
    def locks(self) -> LockdownController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.channels.controller.lockdown import LockdownController

        return self.controller(LockdownController)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_channels=True)
    async def lockdown(self, ctx: Context) -> None:
        """Keep everybody but the staff from writing."""
        raise InvalidInput(_("Say what to lock."), hint=_("`lockdown channel` or `lockdown server`."))

    @subcommand(lockdown, "channel")
    @app_commands.describe(
        channel="Which channel; this one by default", duration="For how long, such as 2h", reason="Why"
    )
    async def lockdown_channel(
        self,
        ctx: Context,
        channel: Lockable | None = None,
        duration: str | None = None,
        *,
        reason: commands.Range[str, 0, MAX_REASON] = "",
    ) -> None:
        """Lock one channel; a thread is locked with the channel that it is in."""
        caller, guild, where = await self.caller(ctx), self.guild(ctx), _channel(ctx, channel)
        effects = await self.locks.lock(caller, guild.id, [where.id], reason, length(duration))
        answer = await ctx.send(_("Locking {channel} …", channel=where.mention), ephemeral=True)
        progress = await self._follow(ctx, caller, answer, effects, [where.id])
        failure = dict(progress.failed).get(where.id)
        if progress.pending:
            await _edit(answer, _not_yet())
            return
        if failure is None:
            await self._tell(where, _("🔒 This channel is locked. {reason}", reason=_quoted(reason)))
        done = _("{channel} is locked. `/unlock` gives it back as it was.", channel=where.mention)
        await _edit(answer, done if failure is None else _failed(where.mention, failure))

    @subcommand(lockdown, "server")
    @app_commands.describe(duration="For how long, such as 2h", reason="Why")
    async def lockdown_server(
        self, ctx: Context, duration: str | None = None, *, reason: commands.Range[str, 0, MAX_REASON] = ""
    ) -> None:
        """Lock all channels, also those that are made meanwhile."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        effects = await self.locks.lock(caller, guild.id, None, reason, length(duration))
        answer = await ctx.send(_("Locking the server …"), ephemeral=True)
        progress = await self._follow(ctx, caller, answer, effects, None)
        await _edit(answer, _not_yet() if progress.pending else _server_text(progress))

    @subcommand(lockdown, "status")
    async def lockdown_status(self, ctx: Context) -> None:
        """Show what is locked, what is on its way, and what failed."""
        from guildbase.features.channels.views.locks import SHOWN, status_embed

        caller, guild = await self.caller(ctx), self.guild(ctx)
        progress = await self.locks.progress(caller, guild.id)
        embed = status_embed(progress, await self.locks.locks(caller, guild.id, limit=SHOWN))
        await ctx.send(embed=embed, ephemeral=True)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(manage_channels=True)
    @app_commands.describe(what="The channel by default", channel="Which channel; this one by default", reason="Why")
    async def unlock(
        self,
        ctx: Context,
        what: Literal["channel", "server"] = "channel",
        channel: Lockable | None = None,
        *,
        reason: commands.Range[str, 0, MAX_REASON] = "",
    ) -> None:
        """Give a locked channel, or the whole server, back exactly as it was."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        where = _channel(ctx, channel) if what == "channel" else None
        channel_ids = None if where is None else [where.id]
        count = await self.locks.unlock(caller, guild.id, channel_ids, reason)
        answer = await ctx.send(_("Unlocking …"), ephemeral=True)
        progress = await self._follow(ctx, caller, answer, [], channel_ids)
        failed = {channel_id: why for channel_id, why in progress.failed if where is None or channel_id == where.id}
        if progress.pending:
            await _edit(answer, _not_yet())
        elif failed:
            await _edit(answer, _failures(failed))
        elif where is not None:
            await self._tell(where, _("🔓 This channel is open again. {reason}", reason=_quoted(reason)))
            await _edit(answer, _("{channel} is as it was before.", channel=where.mention))
        else:
            await _edit(answer, _("The server is open: {count} channels are as they were before.", count=count))

    @commands.Cog.listener()
    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        """Lock a channel that is made while the whole server is locked."""
        from guildbase.features.channels.rules.overwrites import LOCKABLE_TYPES

        if channel.type.value in LOCKABLE_TYPES and await self.locks.is_server_locked(channel.guild.id):
            await self.locks.spread(channel.guild.id, [channel.id])

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forget the lock of a channel that is gone."""
        await self.locks.forget(channel.guild.id, channel.id)

    async def _follow(
        self, ctx: Context, caller: Caller, answer: discord.Message, effects: list[int], channel_ids: list[int] | None
    ) -> Progress:
        """Wait until the channels are as wished, telling now and then how far they are."""
        guild_id, until, told = self.guild(ctx).id, time.monotonic() + FOLLOWED_FOR, time.monotonic()
        for effect_id in effects:
            await self.services.get(Outbox).outcome(effect_id, timeout=FOLLOWED_FOR)
        while True:
            progress = await self.locks.progress(caller, guild_id, channel_ids)
            if not progress.pending or time.monotonic() > until:
                return progress
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                await _edit(answer, _("… {count} channels to go.", count=progress.pending))
            await asyncio.sleep(LOOK_EVERY)

    async def _tell(self, channel: Lockable, text: str) -> None:
        """Tell the channel, if the server wants that and Discord allows it."""
        from guildbase.features.channels.schemas import ChannelSettings

        snapshot = await self.services.get(GuildSnapshots).load(channel.guild.id)
        if snapshot.get(ChannelSettings).lockdown_tells_channel and not isinstance(channel, discord.ForumChannel):
            with contextlib.suppress(discord.HTTPException):
                await channel.send(text.strip(), allowed_mentions=discord.AllowedMentions.none())


def _channel(ctx: Context, channel: Lockable | None) -> Lockable:
    where = channel or ctx.channel
    if isinstance(where, discord.Thread):
        where = where.parent or where
    if isinstance(where, discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel):
        return where
    raise InvalidInput(_("This cannot be locked."), hint=_("Pick a text, voice or forum channel."))


def _quoted(reason: str) -> str:
    return discord.utils.escape_mentions(discord.utils.escape_markdown(reason))


def _failed(channel: str, failure: str) -> str:
    return _("{channel} did not get where you want it: {failure}", channel=channel, failure=failure)


def _not_yet() -> str:
    return _("Discord takes its time. I go on without this answer; `/lockdown status` shows how far I am.")


def _failures(failed: dict[int, str]) -> str:
    return "\n".join(_failed(f"<#{channel_id}>", why) for channel_id, why in list(failed.items())[:15])


def _server_text(progress: Progress) -> str:
    text = _("The server is locked: {count} channels.", count=progress.locked)
    hint = _("`/unlock what:server` gives it back as it was.")
    return "\n".join(filter(None, (f"{text} {hint}", _failures(dict(progress.failed)))))


async def _edit(answer: discord.Message, text: str) -> None:
    with contextlib.suppress(discord.HTTPException):  # Whoever asked may have dismissed it.
        await answer.edit(content=text[:2000], allowed_mentions=discord.AllowedMentions.none())
