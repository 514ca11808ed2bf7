"""`/case`: what is done with one case."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.durations import suggest_durations
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, NoReply, NotFound
from guildbase.core.i18n import _
from guildbase.features.moderation.cog.choices import suggest_own_types
from guildbase.features.moderation.kinds import MAX_REASON, MAX_TYPE_NAME, CaseType
from guildbase.features.moderation.standing import STANDING, AskStanding, SeenStanding
from guildbase.services.pubsub.requests import Requests

if TYPE_CHECKING:
    from guildbase.features.moderation.controller.history import ChangedCase, HistoryController

Number = commands.Range[int, 1]
Reason = commands.Range[str, 1, MAX_REASON]


class CaseCommands(BaseCog):
    """Look at a case and change it."""

    @property
    def history(self) -> HistoryController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.moderation.controller.history import HistoryController

        return self.controller(HistoryController)

    async def cog_load(self) -> None:
        """Answer the API's questions about people in this process's servers."""
        self.services.get(Requests).answer(STANDING, self.standing)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def case(self, ctx: Context) -> None:
        """Look at one case, and change it."""
        raise InvalidInput(_("Say which case."), hint=_("`case view 1` shows the first one."))

    @subcommand(case, "view")
    @app_commands.describe(number="The case's number")
    async def case_view(self, ctx: Context, number: Number) -> None:
        """Show one case in full."""
        from guildbase.features.moderation.views.case import CaseSheet, case_embed

        caller, guild = await self.caller(ctx), self.guild(ctx)
        found = await self.history.view(caller, guild.id, number)
        if found.edits:
            await CaseSheet(ctx.author.id, guild.id, number).send(ctx, embed=case_embed(found))
        else:
            await ctx.send(embed=case_embed(found), ephemeral=True)

    @subcommand(case, "reason")
    @app_commands.describe(number="The case's number", reason="What the reason is to be")
    async def case_reason(self, ctx: Context, number: Number, *, reason: Reason) -> None:
        """Change the reason of a case; the old one is kept."""
        from guildbase.features.moderation.controller.history import CaseChange

        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self._tell(ctx, await self.history.edit(caller, guild.id, number, CaseChange(reason)))

    @subcommand(case, "edit")
    @app_commands.describe(
        number="The case's number",
        duration="How long it lasts from now on, such as 2d, or: for good",
        details="Of a type of this server's own: name=value, or JSON",
        reason="What the reason is to be",
    )
    @app_commands.autocomplete(duration=suggest_durations)
    async def case_edit(
        self, ctx: Context, number: Number, duration: str = "", details: str = "", *, reason: str = ""
    ) -> None:
        """Change reason, duration or details of a case; what stood there before is kept."""
        from guildbase.features.moderation.controller.history import CaseChange, NewEnd
        from guildbase.features.moderation.rules.filters import read_details

        caller, guild = await self.caller(ctx), self.guild(ctx)
        length = await self._length(ctx, duration)
        end = NewEnd(None if length is None else utcnow() + length) if duration else None
        change = CaseChange(reason or None, read_details(details), end)
        if change == CaseChange():
            raise InvalidInput(_("Say what is to be changed."), hint=_("The reason, the duration or the details."))
        await self._tell(ctx, await self.history.edit(caller, guild.id, number, change))

    @subcommand(case, "delete")
    @app_commands.describe(number="The case's number", reason="Why, for those who ask later")
    async def case_delete(self, ctx: Context, number: Number, *, reason: str = "") -> None:
        """Strike a case: lists leave it out, and it is kept for the history."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self.history.strike(caller, guild.id, number, reason)
        back = _("`/case restore {number}` brings it back.", number=number)
        await ctx.send(f"{_('Case #{number} is struck.', number=number)} {back}", ephemeral=True)

    @subcommand(case, "restore")
    @app_commands.describe(number="The case's number")
    async def case_restore(self, ctx: Context, number: Number) -> None:
        """Bring a struck case back."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self._tell(ctx, await self.history.restore(caller, guild.id, number))

    @subcommand(case, "hide")
    @app_commands.describe(number="The case's number")
    async def case_hide(self, ctx: Context, number: Number) -> None:
        """Show a case to senior moderators and who opened it only."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self.history.hide(caller, guild.id, number, is_hidden=True)
        back = _("`/case unhide {number}` shows it again.", number=number)
        await ctx.send(f"{_('Case #{number} is hidden.', number=number)} {back}", ephemeral=True)

    @subcommand(case, "unhide")
    @app_commands.describe(number="The case's number")
    async def case_unhide(self, ctx: Context, number: Number) -> None:
        """Show a hidden case to all moderators again."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self._tell(ctx, await self.history.hide(caller, guild.id, number, is_hidden=False))

    @subcommand(case, "evidence")
    @app_commands.describe(number="The case's number", file="A picture or another file that shows why")
    async def case_evidence(self, ctx: Context, number: Number, file: discord.Attachment) -> None:
        """Add a file to a case; the mod-log keeps a copy."""
        from guildbase.features.moderation.cog.typed import as_evidence
        from guildbase.features.moderation.controller.evidence import EvidenceController

        caller, guild = await self.caller(ctx), self.guild(ctx)
        new = as_evidence(guild, [file])
        kept = await self.controller(EvidenceController).add(caller, guild.id, number, new)
        told = _("Case #{number} has {count} of the files that show why.", number=number, count=len(kept))
        await ctx.send(f"{told} {_('`/case view {number}` shows it.', number=number)}", ephemeral=True)

    @subcommand(case, "open")
    @app_commands.describe(
        type="A type of this server's own",
        user="Who it is about",
        duration="How long it counts, such as 7d",
        details="What the type asks for: name=value, or JSON",
        reason="What happened",
    )
    @app_commands.autocomplete(type=suggest_own_types, duration=suggest_durations)
    async def case_open(
        self,
        ctx: Context,
        type: commands.Range[str, 1, MAX_TYPE_NAME],  # noqa: A002 - people read it.
        user: discord.User,
        duration: str = "",
        details: str = "",
        *,
        reason: Reason,
    ) -> None:
        """Open a case of a type of this server's own."""
        from guildbase.bot.targets import bot_standing, target_of
        from guildbase.features.moderation.cog.acting import Request
        from guildbase.features.moderation.cog.typed import refuse_here, settings_of
        from guildbase.features.moderation.controller.opening import OpeningController
        from guildbase.features.moderation.rules import NewAction
        from guildbase.features.moderation.rules.filters import read_details

        request = await Request.of_command(self, ctx)
        caller, guild = request.caller, request.guild
        refuse_here(request, await settings_of(request))
        new = NewAction(
            CaseType.CUSTOM,
            target_of(guild, user),
            reason,
            await self._length(ctx, duration),
            type,
            read_details(details) or {},
            request_id=request.request_id,
            bot=bot_standing(guild),
        )
        opened = await self.controller(OpeningController).open(caller, guild.id, new)
        told = _("Case #{number} is open: {type}, {person}.", number=opened.number, type=type, person=user.mention)
        await ctx.send(f"{told} {_('`/case view {number}` shows it.', number=opened.number)}", ephemeral=True)

    async def standing(self, asked: AskStanding) -> SeenStanding:
        """Return how somebody and the bot stand in a server, to another process.

        Raises:
            NotFound: there is no such person.
            NoReply: Discord does not show the server at the moment.
        """
        from guildbase.bot.targets import bot_standing, target_of

        guild = self.bot.get_guild(asked.guild_id)
        if guild is None or guild.unavailable:
            raise NoReply(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
        user: discord.Member | discord.User
        try:
            user = guild.get_member(asked.user_id) or await guild.fetch_member(asked.user_id)
        except discord.NotFound:
            user = await self._stranger(asked.user_id)
        return SeenStanding(target_of(guild, user), bot_standing(guild), guild.me.id)

    async def _stranger(self, user_id: int) -> discord.User:
        try:
            return await self.bot.fetch_user(user_id)
        except discord.NotFound:
            raise NotFound(_("Discord knows no such person."), hint=_("Check the id.")) from None

    async def _length(self, ctx: Context, typed: str) -> timedelta | None:
        """Return the duration in the time zone of who typed it; None for good, and where nothing was typed."""
        from guildbase.core.durations import read_length
        from guildbase.platform.users.controller import UserController

        if not typed:
            return None
        zone = (await self.controller(UserController).preferences(ctx.author.id)).time_zone
        try:
            return read_length(typed, now=utcnow(), zone=zone)
        except ValueError as error:
            raise InvalidInput(_("That is no duration: {problem}.", problem=str(error))) from None

    @staticmethod
    async def _tell(ctx: Context, done: ChangedCase) -> None:
        shown = _("`/case view {number}` shows it.", number=done.number)
        told = _("Case #{number} is changed.", number=done.number) if done.is_changed else _("That changes nothing.")
        await ctx.send(f"{told} {shown}", ephemeral=True)
