"""The commands."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands
from discord.utils import escape_markdown

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command
from guildbase.bot.context import Context

from .controller import GuestbookController


class Guestbook(BaseCog):
    """Sign the guest book and read it."""

    @hybrid_command()
    @commands.guild_only()
    @app_commands.describe(text="What the book shall say of your visit")
    async def sign(self, ctx: Context, *, text: commands.Range[str, 1, 200]) -> None:
        """Write your line into the guest book."""
        controller = self.controller(GuestbookController)
        await controller.sign(await self.caller(ctx), self.guild(ctx).id, ctx.author.id, text)
        await ctx.send("Signed.", ephemeral=True)

    @hybrid_command()
    @commands.guild_only()
    async def guestbook(self, ctx: Context) -> None:
        """Show the last lines of the guest book."""
        lines = await self.controller(GuestbookController).latest(self.guild(ctx).id)
        shown = "\n".join(f"<@{line.user_id}>: {escape_markdown(line.text)}" for line in lines)
        await ctx.send(shown or "Nobody has signed yet.", ephemeral=True)
