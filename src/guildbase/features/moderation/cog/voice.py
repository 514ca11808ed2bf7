"""The commands for voice channels."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.durations import suggest_durations
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.moderation.cog.acting import ActingCog
from guildbase.features.moderation.cog.bans import LONG, WHY, Person, Reason
from guildbase.features.moderation.cog.reason_choices import suggest_reasons
from guildbase.features.moderation.kinds import CaseType


class VoiceModeration(ActingCog):
    """Keep voice channels in order."""

    @commands.Cog.listener()
    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Bring who joins in line with what is decided: while they were in no channel, Discord changed nothing."""
        if before.channel is not None or after.channel is None:
            return
        from guildbase.features.moderation.controller import ActionController

        actions = self.controller(ActionController)
        if await actions.punished.has(member.guild.id, member.id):
            for number in await actions.voice_cases(member.guild.id, member.id):
                await actions.enforce(member.guild.id, number)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def voice(self, ctx: Context) -> None:
        """Keep voice channels in order."""
        raise InvalidInput(_("Say what to do."), hint=_("`/voice mute` mutes a member in voice channels."))

    @subcommand(voice, "mute")
    @app_commands.describe(user="Who to mute", duration=LONG, reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons, duration=suggest_durations)
    async def mute_(self, ctx: Context, user: Person, *, reason: Reason = "", duration: str = "") -> None:
        """Mute a member in voice channels, for a time or for good."""
        await self.act(ctx, CaseType.VOICE_MUTE, user, reason, duration=duration)

    @subcommand(voice, "unmute")
    @app_commands.describe(user="Who to unmute", reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def unmute_(self, ctx: Context, user: Person, *, reason: Reason = "") -> None:
        """Let a member speak in voice channels again."""
        await self.act(ctx, CaseType.VOICE_UNMUTE, user, reason)

    @subcommand(voice, "deafen")
    @app_commands.describe(user="Who to deafen", duration=LONG, reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons, duration=suggest_durations)
    async def deafen(self, ctx: Context, user: Person, *, reason: Reason = "", duration: str = "") -> None:
        """Keep a member from hearing others in voice channels."""
        await self.act(ctx, CaseType.DEAFEN, user, reason, duration=duration)

    @subcommand(voice, "undeafen")
    @app_commands.describe(user="Who to undeafen", reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def undeafen(self, ctx: Context, user: Person, *, reason: Reason = "") -> None:
        """Let a member hear others in voice channels again."""
        await self.act(ctx, CaseType.UNDEAFEN, user, reason)

    @subcommand(voice, "kick")
    @app_commands.describe(user="Who to disconnect", reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def kick_(self, ctx: Context, user: Person, *, reason: Reason = "") -> None:
        """Disconnect a member from their voice channel."""
        await self.act(ctx, CaseType.VOICE_KICK, user, reason)
