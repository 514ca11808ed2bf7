"""`/note`: what moderators tell each other of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.moderation.kinds import MAX_NOTE

if TYPE_CHECKING:
    from guildbase.features.moderation.controller.notes import NoteController

Number = commands.Range[int, 1]
Text = commands.Range[str, 1, MAX_NOTE]


class Notes(BaseCog):
    """Write notes on people."""

    @property
    def notes(self) -> NoteController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.moderation.controller.notes import NoteController

        return self.controller(NoteController)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def note(self, ctx: Context) -> None:
        """Write notes on people, for moderators only."""
        raise InvalidInput(_("Say what to do."), hint=_("`note add`, `list`, `edit` or `delete`."))

    @subcommand(note, "add")
    @app_commands.describe(user="Whom it is about", text="What other moderators are to know")
    async def add(self, ctx: Context, user: discord.User, *, text: Text) -> None:
        """Write a note on somebody; they are not told."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        done = await self.notes.add(caller, guild.id, user.id, str(user), text)
        told = _("Note #{number} on {person} is written.", number=done.number, person=user.mention)
        await ctx.send(f"{told} {_('`/note list` shows all.')}", ephemeral=True)

    @subcommand(note, "list")
    @app_commands.describe(user="Whom they are about")
    async def list_(self, ctx: Context, user: discord.User) -> None:
        """Show the notes on somebody, the newest first."""
        from guildbase.features.moderation.views.pages import NotePages

        caller, guild = await self.caller(ctx), self.guild(ctx)
        await NotePages(ctx.author.id, guild.id, user.id).answer(ctx, self.services, caller)

    @subcommand(note, "edit")
    @app_commands.describe(number="The note's number", text="What it is to say")
    async def edit(self, ctx: Context, number: Number, *, text: Text) -> None:
        """Change a note; the audit log keeps what it said."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self.notes.edit(caller, guild.id, number, text)
        await ctx.send(_("Note #{number} is changed.", number=number), ephemeral=True)

    @subcommand(note, "delete")
    @app_commands.describe(number="The note's number")
    async def delete(self, ctx: Context, number: Number) -> None:
        """Delete a note; the audit log keeps what it said."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self.notes.delete(caller, guild.id, number)
        await ctx.send(_("Note #{number} is deleted. The audit log keeps what it said.", number=number), ephemeral=True)
