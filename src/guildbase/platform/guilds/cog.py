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
        """After a start, take in what changed while the bot was away; a guild in an outage still counts as there."""
        guild_ids = [guild.id for guild in self.bot.guilds if guild.shard_id == shard_id]
        shards = self.bot.shard_count or 1
        await self.controller(GuildController).reconcile(guild_ids, shard_id=shard_id, shard_count=shards)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Make the guild's rows with default configuration."""
        await self.controller(GuildController).join(guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Start the grace period; an outage of Discord does not come here."""
        await self.controller(GuildController).leave(guild.id)
