"""`/cases`, and the commands that search and export them."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Literal

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import hybrid_command, subcommand
from guildbase.bot.context import Context
from guildbase.core.i18n import _, plural
from guildbase.features.moderation.cog.case import CaseCommands
from guildbase.features.moderation.cog.choices import SourceName, StateName, filter_of, suggest_types

if TYPE_CHECKING:
    from guildbase.features.moderation.search import CaseFilter

ROOM = 1024
"""Bytes that are left free of what Discord lets be uploaded."""
IN_MEMORY = 1024 * 1024


class Cases(CaseCommands):
    """Look at cases, find them and change them."""

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(
        user="Only cases of this person",
        moderator="Only cases that this moderator opened",
        type="Only of this type",
        state="Only in this state",
        source="Only what came from there",
        since="Opened since: 7d, or 2026-01-31",
        until="Opened before: 7d, or 2026-01-31",
    )
    @app_commands.autocomplete(type=suggest_types)
    async def cases(
        self,
        ctx: Context,
        user: discord.User | None = None,
        moderator: discord.User | None = None,
        type: str = "",  # noqa: A002 - people read it.
        state: StateName | None = None,
        source: SourceName | None = None,
        since: str = "",
        until: str = "",
    ) -> None:
        """List cases, the newest first."""
        await self._show(ctx, "cases", filter_of(user, moderator, type, state, source, (since, until)))

    @subcommand(CaseCommands.case, "search")
    @app_commands.describe(
        words="What the reason says",
        user="Only cases of this person",
        moderator="Only cases that this moderator opened",
        type="Only of this type",
        since="Opened since: 7d, or 2026-01-31",
        until="Opened before: 7d, or 2026-01-31",
    )
    @app_commands.autocomplete(type=suggest_types)
    async def search(
        self,
        ctx: Context,
        words: commands.Range[str, 1, 100],
        user: discord.User | None = None,
        moderator: discord.User | None = None,
        type: str = "",  # noqa: A002 - people read it.
        since: str = "",
        until: str = "",
    ) -> None:
        """Find cases by words of their reason."""
        wanted = filter_of(user, moderator, type, None, None, (since, until), words)
        await self._show(ctx, "case search", wanted)

    @subcommand(CaseCommands.case, "export")
    @app_commands.describe(
        format="For a spreadsheet, or for a program",
        user="Only cases of this person",
        moderator="Only cases that this moderator opened",
        type="Only of this type",
        state="Only in this state",
        since="Opened since: 7d, or 2026-01-31",
        until="Opened before: 7d, or 2026-01-31",
    )
    @app_commands.autocomplete(type=suggest_types)
    async def export(
        self,
        ctx: Context,
        format: Literal["csv", "json"] = "csv",  # noqa: A002 - people read it.
        user: discord.User | None = None,
        moderator: discord.User | None = None,
        type: str = "",  # noqa: A002 - people read it.
        state: StateName | None = None,
        since: str = "",
        until: str = "",
    ) -> None:
        """Get cases as a file."""
        from guildbase.features.moderation.controller.export import CaseExportController, ExportFormat

        caller, guild = await self.caller(ctx), self.guild(ctx)
        wanted = filter_of(user, moderator, type, state, None, (since, until))
        controller = self.controller(CaseExportController)
        export = await controller.export(
            caller, guild.id, wanted, ExportFormat(format), most_bytes=guild.filesize_limit - ROOM
        )
        await ctx.defer(ephemeral=True)
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            async for part in export.parts():
                file.write(part.encode())
            file.seek(0)
            told = plural("{count} case.", "{count} cases.", export.count)
            if export.next_before is not None:
                older = _("There is no room for older ones than #{number}.", number=export.next_before)
                told = f"{told} {older} {_('Ask for them with `until`, or over the API.')}"
            upload = discord.File(file, f"cases.{format}")  # type: ignore[arg-type]
            await ctx.send(told, file=upload, ephemeral=True)

    async def _show(self, ctx: Context, command: str, wanted: CaseFilter) -> None:
        from guildbase.features.moderation.views.pages import CasePages

        caller, guild = await self.caller(ctx), self.guild(ctx)
        pages = CasePages(ctx.author.id, guild.id, wanted, command=command)
        await pages.answer(ctx, self.services, caller)
