"""`/reply`: answers that the staff keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.components import Interaction
from guildbase.bot.context import Context
from guildbase.core.errors import GuildbaseError, InvalidInput
from guildbase.core.i18n import _
from guildbase.features.tickets.kinds import MAX_REPLY, MAX_TAG

if TYPE_CHECKING:
    from guildbase.features.tickets.controller.replies import ReplyController

PLACES_HINT = "May hold {user}, {staff}, {number} and {category}"
_Name = commands.Range[str, 1, MAX_TAG]
_Content = commands.Range[str, 1, MAX_REPLY]


class TicketReplies(BaseCog):
    """Answer tickets with what is kept for it."""

    @property
    def replies(self) -> ReplyController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.tickets.controller.replies import ReplyController

        return self.controller(ReplyController)

    @hybrid_group()
    @commands.guild_only()
    async def reply(self, ctx: Context) -> None:
        """Answer tickets with what is kept for it."""
        raise InvalidInput(_("Say what to do."), hint=_("`/reply list` shows what is kept."))

    @subcommand(reply, "use")
    @app_commands.describe(name="Which answer")
    async def reply_use(self, ctx: Context, name: _Name) -> None:
        """Answer this ticket with a kept answer."""
        from guildbase.features.tickets.controller import TicketController

        caller, guild = await self.caller(ctx), self.guild(ctx)
        number = await self.controller(TicketController).at(guild.id, ctx.channel.id)
        opener = (await self.controller(TicketController).get(caller, guild.id, number)).ticket.opener_id
        text = await self.replies.use(caller, guild.id, number, name)
        mentions = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(opener)])
        await ctx.send(text, allowed_mentions=mentions)

    @subcommand(reply, "add")
    @app_commands.describe(name="A short name", content=PLACES_HINT)
    async def reply_add(self, ctx: Context, name: _Name, *, content: _Content) -> None:
        """Keep an answer."""
        reply = await self.replies.add(await self.caller(ctx), self.guild(ctx).id, name, content)
        await ctx.send(_("Kept. `/reply use {name}` says it in a ticket.", name=reply.name), ephemeral=True)

    @subcommand(reply, "edit")
    @app_commands.describe(name="Which answer", content=PLACES_HINT)
    async def reply_edit(self, ctx: Context, name: _Name, *, content: _Content) -> None:
        """Change a kept answer."""
        reply = await self.replies.edit(await self.caller(ctx), self.guild(ctx).id, name, content)
        await ctx.send(_("Changed. `/reply use {name}` says it in a ticket.", name=reply.name), ephemeral=True)

    @subcommand(reply, "delete")
    @app_commands.describe(name="Which answer")
    async def reply_delete(self, ctx: Context, name: _Name) -> None:
        """Keep an answer no longer."""
        await self.replies.delete(await self.caller(ctx), self.guild(ctx).id, name)
        await ctx.send(_("Deleted. `/reply list` shows the others."), ephemeral=True)

    @subcommand(reply, "list")
    async def reply_list(self, ctx: Context) -> None:
        """Show the kept answers."""
        from guildbase.features.tickets.views.stats import replies_embed

        replies = await self.replies.all(await self.caller(ctx), self.guild(ctx).id)
        await ctx.send(embed=replies_embed(replies), ephemeral=True)

    @reply_use.autocomplete("name")
    @reply_edit.autocomplete("name")
    @reply_delete.autocomplete("name")
    async def _names(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        from guildbase.bot.callers import caller_of_press

        if interaction.guild_id is None:
            return []
        try:
            caller = await caller_of_press(interaction, self.services)
            replies = await self.replies.all(caller, interaction.guild_id)
        except GuildbaseError:
            return []  # They may use none, and the command itself says so.
        wanted = current.strip().lower()
        return [app_commands.Choice(name=it.name, value=it.name) for it in replies if wanted in it.name][:25]
