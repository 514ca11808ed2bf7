"""The commands of moderation."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command, hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation import views
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.models import MAX_REASON, ModerationCase
from guildbase.features.moderation.records import UserCase
from guildbase.features.moderation.rules import Target
from guildbase.services.outbox import Outbox

NOTICE_WAIT = 10.0  # seconds that the moderator's answer waits for the notice's outcome


class Moderation(BaseCog):
    """Warn members and look at cases."""

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Who to warn", reason="What they did; they will read it")
    async def warn(self, ctx: Context, user: discord.Member, *, reason: commands.Range[str, 1, MAX_REASON]) -> None:
        """Warn a member; they are told by direct message and a case is kept."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        target = Target(user.id, str(user), user.top_role.position, user.id == guild.owner_id, user.bot)
        controller = self.controller(ModerationController)
        request_id = ctx.interaction.id if ctx.interaction else ctx.message.id
        opened = await controller.open_case(caller, guild.id, target, reason, request_id=request_id)
        answer = await ctx.send(views.opened_text(opened.case), ephemeral=True)
        if opened.effect_id is None:
            return
        await self.services.get(Outbox).outcome(opened.effect_id, timeout=NOTICE_WAIT)
        settled = await controller.get_case(SYSTEM, guild.id, opened.case.number)
        if settled.notice is not opened.case.notice:
            # The moderator may have dismissed the answer; the case stands all the same.
            with contextlib.suppress(discord.HTTPException):
                await answer.edit(content=views.opened_text(settled))

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def case(self, ctx: Context) -> None:
        """Look at one case."""
        raise InvalidInput("Say which case.", hint="`case view 1` shows the first one.")

    @subcommand(case, "view")
    @app_commands.describe(number="The case's number")
    async def case_view(self, ctx: Context, number: commands.Range[int, 1]) -> None:
        """Show one case in full."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        found = await self.controller(ModerationController).get_case(caller, guild.id, number)
        await ctx.send(embed=views.case_embed(found), ephemeral=True)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Only cases of this member")
    async def cases(self, ctx: Context, user: discord.User | None = None) -> None:
        """List the newest cases."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        controller = self.controller(ModerationController)
        found: Sequence[ModerationCase | UserCase]
        if user is None:
            found = await controller.list_cases(caller, guild.id)
        else:
            found = await controller.cases_of(caller, guild.id, user.id)
        await ctx.send(embed=views.list_embed(found), ephemeral=True)
