"""Hears from Discord which guilds the bot is in."""

from __future__ import annotations

import discord
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.platform.guilds.controller import GuildController


class Guilds(BaseCog):
    """Keeps the guilds' rows in step with Discord."""

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """After the process started, take in what changed meanwhile; a guild in an outage still counts as there."""
        controller, shards = self.controller(GuildController), self.bot.shard_count or 1
        # Read before Discord's list is looked at, so that a guild that is joined right now is not taken for gone.
        known = await controller.known_on(shard_id, shards)
        here = {guild.id for guild in self.bot.guilds if guild.shard_id == shard_id}
        await controller.reconcile(here, gone=known - here)
        await controller.warm(here)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Make the guild's rows with default configuration."""
        await self.controller(GuildController).join(guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Start the grace period; an outage of Discord does not come here."""
        await self.controller(GuildController).leave(guild.id)
