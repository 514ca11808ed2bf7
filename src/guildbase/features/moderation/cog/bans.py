"""The commands that remove people from the server, and let them back in."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import hybrid_command
from guildbase.bot.context import Context
from guildbase.bot.durations import suggest_durations
from guildbase.bot.gate import LEVEL
from guildbase.features.moderation.cog.acting import ActingCog
from guildbase.features.moderation.cog.reason_choices import suggest_reasons
from guildbase.features.moderation.kinds import MAX_REASON, CaseType

Person = discord.Member | discord.User
Reason = commands.Range[str, 1, MAX_REASON]
Deleted = Literal["nothing", "1 hour", "6 hours", "1 day", "3 days", "7 days"]
SECONDS = {"nothing": 0, "1 hour": 3600, "6 hours": 21600, "1 day": 86400, "3 days": 259200, "7 days": 604800}
"""How far back messages are deleted, by choice."""
BAN_LEVEL = {LEVEL: 4}
WHY, LONG = "Why, or the name of one of this server's reasons", "How long, such as 2 days, or until tomorrow 18:00"
DELETE, FILE, SILENT = "How far back their messages go, too", "A file that shows why", "Do not tell them"


class Bans(ActingCog):
    """Ban and kick people, and let them back in."""

    @hybrid_command(extras=BAN_LEVEL)
    @commands.guild_only()
    @app_commands.default_permissions(ban_members=True)
    @app_commands.describe(user="Who to ban", reason=WHY, delete_messages=DELETE, evidence=FILE, silent=SILENT)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def ban(
        self,
        ctx: Context,
        user: Person,
        *,
        reason: Reason = "",
        delete_messages: Deleted | None = None,
        evidence: discord.Attachment | None = None,
        silent: bool = False,
    ) -> None:
        """Ban somebody for good; they are told before, and a case is kept."""
        details = deleting(delete_messages)
        await self.act(ctx, CaseType.BAN, user, reason, evidence=evidence, details=details, is_silent=silent)

    @hybrid_command(extras=BAN_LEVEL)
    @commands.guild_only()
    @app_commands.default_permissions(ban_members=True)
    @app_commands.describe(
        user="Who to ban", duration=LONG, reason=WHY, delete_messages=DELETE, evidence=FILE, silent=SILENT
    )
    @app_commands.autocomplete(reason=suggest_reasons, duration=suggest_durations)
    async def tempban(
        self,
        ctx: Context,
        user: Person,
        *,
        reason: Reason = "",
        duration: str = "",
        delete_messages: Deleted | None = None,
        evidence: discord.Attachment | None = None,
        silent: bool = False,
    ) -> None:
        """Ban somebody for a time, after which the ban is lifted."""
        details = deleting(delete_messages)
        await self.act(
            ctx,
            CaseType.TEMPBAN,
            user,
            reason,
            duration=duration,
            evidence=evidence,
            details=details,
            is_silent=silent,
        )

    @hybrid_command(extras=BAN_LEVEL)
    @commands.guild_only()
    @app_commands.default_permissions(ban_members=True)
    @app_commands.describe(user="Their id; they need not be here", reason=WHY, duration=LONG, evidence=FILE)
    @app_commands.autocomplete(reason=suggest_reasons, duration=suggest_durations)
    async def hackban(
        self,
        ctx: Context,
        user: Person,
        *,
        reason: Reason = "",
        duration: str = "",
        evidence: discord.Attachment | None = None,
    ) -> None:
        """Ban somebody by their id, also before they come."""
        await self.act(ctx, CaseType.HACKBAN, user, reason, duration=duration, evidence=evidence)

    @hybrid_command(extras=BAN_LEVEL)
    @commands.guild_only()
    @app_commands.default_permissions(ban_members=True)
    @app_commands.describe(user="Who to remove", reason=WHY, delete_messages=DELETE, evidence=FILE, silent=SILENT)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def softban(
        self,
        ctx: Context,
        user: Person,
        *,
        reason: Reason = "",
        delete_messages: Deleted | None = None,
        evidence: discord.Attachment | None = None,
        silent: bool = False,
    ) -> None:
        """Ban somebody and lift it at once: their messages go, and they may come back."""
        details = deleting(delete_messages)
        await self.act(ctx, CaseType.SOFTBAN, user, reason, evidence=evidence, details=details, is_silent=silent)

    @hybrid_command(extras=BAN_LEVEL)
    @commands.guild_only()
    @app_commands.default_permissions(ban_members=True)
    @app_commands.describe(user="Whose ban to lift; their id will do", reason=WHY)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def unban(self, ctx: Context, user: Person, *, reason: Reason = "") -> None:
        """Lift a ban."""
        await self.act(ctx, CaseType.UNBAN, user, reason)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(kick_members=True)
    @app_commands.describe(user="Who to kick", reason=WHY, evidence=FILE, silent=SILENT)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def kick(
        self,
        ctx: Context,
        user: Person,
        *,
        reason: Reason = "",
        evidence: discord.Attachment | None = None,
        silent: bool = False,
    ) -> None:
        """Kick a member; they may come back."""
        await self.act(ctx, CaseType.KICK, user, reason, evidence=evidence, is_silent=silent)


def deleting(chosen: str | None) -> dict[str, int]:
    """Return the case's details for what was chosen to be deleted; nothing chosen leaves it to the settings."""
    return {} if chosen is None else {"delete_seconds": SECONDS[chosen]}
