"""The commands that warn members and take their rights away for a time."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import hybrid_command
from guildbase.bot.context import Context
from guildbase.bot.durations import suggest_durations
from guildbase.features.moderation.cog.acting import ActingCog
from guildbase.features.moderation.cog.bans import FILE, LONG, SILENT, WHY, Person, Reason
from guildbase.features.moderation.cog.reason_choices import suggest_reasons
from guildbase.features.moderation.kinds import CaseType


class Moderation(ActingCog):
    """Warn members, and keep them quiet for a time."""

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Who to warn", reason="What they did; they will read it", evidence=FILE)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def warn(
        self, ctx: Context, user: Person, *, reason: Reason, evidence: discord.Attachment | None = None
    ) -> None:
        """Warn a member; they are told by direct message and a case is kept."""
        await self.act(ctx, CaseType.WARN, user, reason, evidence=evidence)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Who to time out", duration=LONG, reason=WHY, evidence=FILE, silent=SILENT)
    @app_commands.autocomplete(reason=suggest_reasons, duration=suggest_durations)
    async def timeout(
        self,
        ctx: Context,
        user: Person,
        *,
        reason: Reason = "",
        duration: str = "",
        evidence: discord.Attachment | None = None,
        silent: bool = False,
    ) -> None:
        """Keep a member from writing and speaking for a time."""
        await self.act(ctx, CaseType.TIMEOUT, user, reason, duration=duration, evidence=evidence, is_silent=silent)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Whose timeout to end", reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def untimeout(self, ctx: Context, user: Person, *, reason: Reason = "") -> None:
        """End a timeout."""
        await self.act(ctx, CaseType.UNTIMEOUT, user, reason)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Who to mute", duration=LONG, reason=WHY, evidence=FILE, silent=SILENT)
    @app_commands.autocomplete(reason=suggest_reasons, duration=suggest_durations)
    async def mute(
        self,
        ctx: Context,
        user: Person,
        *,
        reason: Reason = "",
        duration: str = "",
        evidence: discord.Attachment | None = None,
        silent: bool = False,
    ) -> None:
        """Give a member the role of the muted, for a time or for good."""
        await self.act(ctx, CaseType.MUTE, user, reason, duration=duration, evidence=evidence, is_silent=silent)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Who to unmute", reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def unmute(self, ctx: Context, user: Person, *, reason: Reason = "") -> None:
        """Take the role of the muted from a member."""
        await self.act(ctx, CaseType.UNMUTE, user, reason)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Who to jail", duration=LONG, reason=WHY, evidence=FILE, silent=SILENT)
    @app_commands.autocomplete(reason=suggest_reasons, duration=suggest_durations)
    async def jail(
        self,
        ctx: Context,
        user: Person,
        *,
        reason: Reason = "",
        duration: str = "",
        evidence: discord.Attachment | None = None,
        silent: bool = False,
    ) -> None:
        """Take all roles from a member and put them in jail; they get them back afterwards."""
        await self.act(ctx, CaseType.JAIL, user, reason, duration=duration, evidence=evidence, is_silent=silent)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Who to release", reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def unjail(self, ctx: Context, user: Person, *, reason: Reason = "") -> None:
        """Release a member from jail and give them their roles back."""
        await self.act(ctx, CaseType.UNJAIL, user, reason)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Whose nickname", nickname="The new one; leave it out to take theirs away", reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def nick(
        self, ctx: Context, user: Person, *, nickname: commands.Range[str, 1, 32] = "", reason: Reason = ""
    ) -> None:
        """Change a member's nickname, or take it away."""
        await self.act(ctx, CaseType.NICKNAME, user, reason, details={"nickname": nickname})
