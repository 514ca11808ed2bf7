"""The commands, and the handler of messages."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command
from guildbase.bot.context import Context
from guildbase.bot.router import IncomingMessage
from guildbase.platform.guilds.controller import GuildController

from . import rules, views
from .controller import HelloController
from .schemas import HelloSettings


class Hello(BaseCog):
    """Greet people."""

    @hybrid_command()
    @commands.guild_only()
    @app_commands.describe(name="Who to greet; you, if left out")
    async def hello(self, ctx: Context, *, name: commands.Range[str, 1, rules.MAX_NAME] | None = None) -> None:
        """Greet somebody, or yourself."""
        guild_id = self.guild(ctx).id
        self.controller(HelloController).greet(guild_id)
        settings = (await self.controller(GuildController).load(guild_id)).get(HelloSettings)
        await ctx.send(views.greeting(settings.greeting, name or ctx.author.display_name), ephemeral=True)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def greetings(self, ctx: Context) -> None:
        """Tell how often the bot has greeted here."""
        count = self.controller(HelloController).count(await self.caller(ctx), self.guild(ctx).id)
        await ctx.send(views.count_text(count), ephemeral=True)


async def greet_back(incoming: IncomingMessage) -> bool:
    """Greet whoever says hello; True keeps the message from the handlers that follow."""
    if incoming.guild is None or not rules.is_greeting(incoming.content):
        return False
    author, settings = incoming.message.author, incoming.guild.get(HelloSettings)
    if not incoming.controller(HelloController).greet_back(incoming.guild.guild_id, author.id, settings.cooldown):
        return False
    await incoming.message.reply(views.greeting(settings.greeting, author.display_name))
    return True
