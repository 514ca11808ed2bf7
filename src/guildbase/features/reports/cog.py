"""The commands and menus of reports and appeals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command, hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.views import Interaction
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.reports.kinds import MAX_NUMBER, MAX_TEXT, ReportKind, ReportState

if TYPE_CHECKING:
    from guildbase.features.reports.controller import AppealController, FilingController, QueueController

Number = commands.Range[int, 1, MAX_NUMBER]


class Reports(BaseCog):
    """Report what is wrong, appeal what was done, and work through both."""

    async def cog_load(self) -> None:
        """Offer the menus, and let the buttons of earlier messages work."""
        from guildbase.features.reports.views.buttons import AnswerButton, AppealButton, QueueButton

        self._buttons = (AnswerButton, AppealButton, QueueButton)
        self._menus = (
            app_commands.ContextMenu(name="Report", callback=self.report_member),
            app_commands.ContextMenu(name="Report message", callback=self.report_message),
        )
        self.bot.add_dynamic_items(*self._buttons)
        for menu in self._menus:
            menu.guild_only = True
            self.bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Take menus and buttons away."""
        self.bot.remove_dynamic_items(*self._buttons)
        for menu in self._menus:
            self.bot.tree.remove_command(menu.name, type=menu.type)

    @property
    def filing(self) -> FilingController:
        """The members' side; loaded at its first use, because the start has to be quick."""
        from guildbase.features.reports.controller import FilingController

        return self.controller(FilingController)

    @property
    def queue(self) -> QueueController:
        """The staff's side; loaded at its first use, because the start has to be quick."""
        from guildbase.features.reports.controller import QueueController

        return self.controller(QueueController)

    @property
    def appeals(self) -> AppealController:
        """Appeals; loaded at its first use, because the start has to be quick."""
        from guildbase.features.reports.controller import AppealController

        return self.controller(AppealController)

    async def report_member(self, interaction: Interaction, member: discord.Member) -> None:
        """Open the form of a report about a member."""
        from guildbase.features.reports.views.writing import open_report

        await open_report(interaction, member)

    async def report_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Open the form of a report about a message."""
        from guildbase.features.reports.views.writing import open_report

        await open_report(interaction, message.author, message)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.describe(user="Who it is about", reason="What is wrong; without it a form opens")
    async def report(self, ctx: Context, user: discord.User, *, reason: commands.Range[str, 0, MAX_TEXT] = "") -> None:
        """Tell the staff about somebody; only they see it."""
        from guildbase.features.reports.controller.filing import NewReport
        from guildbase.features.reports.views.writing import filed_text, open_report

        if not reason and ctx.interaction is not None:
            await open_report(ctx.interaction, user)
            return
        new = NewReport(user.id, str(user), reason, is_bot=user.bot)
        filed = await self.filing.report(await self.caller(ctx), self.guild(ctx).id, new)
        await ctx.send(filed_text(filed), ephemeral=True)

    @hybrid_command()
    @app_commands.describe(
        case="Its number, or the code in the message that told you of it", text="Why; without it a form opens"
    )
    async def appeal(self, ctx: Context, case: str, *, text: commands.Range[str, 0, MAX_TEXT] = "") -> None:
        """Ask the staff to lift what was done to you; it works in a direct message, too."""
        from guildbase.core.ports import Caller
        from guildbase.features.reports.rules import read_code
        from guildbase.features.reports.views.writing import appealed_text, open_appeal

        named = read_code(case, ctx.guild.id if ctx.guild is not None else None)
        if named is None:
            raise InvalidInput(
                _("I do not know which case you mean."),
                hint=_("Give its number in the server, or the code from the message that told you of it."),
            )
        if not text and ctx.interaction is not None:
            await open_appeal(ctx.interaction, *named)
            return
        writer = Caller(user_id=ctx.author.id, name=str(ctx.author))
        await ctx.send(appealed_text(await self.appeals.appeal(writer, *named, text)), ephemeral=True)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def reports(self, ctx: Context) -> None:
        """Work through reports and appeals."""
        raise InvalidInput(_("Say what to do."), hint=_("`reports list` or `reports view 1`."))

    @subcommand(reports, "list")
    @app_commands.describe(kind="Only these", state="Only in this state; without it what is not closed")
    async def list_reports(
        self,
        ctx: Context,
        kind: Literal["message", "member", "appeal"] | None = None,
        state: Literal["open", "claimed", "closed"] | None = None,
    ) -> None:
        """Show what is waiting, newest first."""
        from guildbase.features.reports.views.texts import list_embed

        found = await self.queue.page(
            await self.caller(ctx),
            self.guild(ctx).id,
            kind=ReportKind(kind) if kind else None,
            state=ReportState(state) if state else None,
        )
        await ctx.send(embed=list_embed(found), ephemeral=True)

    @subcommand(reports, "view")
    @app_commands.describe(number="Its number")
    async def view(self, ctx: Context, number: Number) -> None:
        """Show a report or appeal with its buttons."""
        from guildbase.features.reports.views.buttons import queue_buttons
        from guildbase.features.reports.views.texts import queue_embed

        entry = await self.queue.entry(await self.caller(ctx), self.guild(ctx).id, number)
        if entry.report.state is ReportState.CLOSED:
            await ctx.send(embed=queue_embed(entry), ephemeral=True)
        else:
            view = queue_buttons(entry.report.kind, number)
            await ctx.send(embed=queue_embed(entry), view=view, ephemeral=True)
