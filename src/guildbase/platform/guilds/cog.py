"""Hears from Discord which guilds the bot is in."""

from __future__ import annotations

import discord
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.core.errors import NoReply
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.platform.guilds.live import LIVE_GUILD, AskLiveGuild, LiveChannel, LiveGuild, LiveRole
from guildbase.services.pubsub.requests import Requests


class Guilds(BaseCog):
    """Keeps the guilds' rows in step with Discord."""

    async def cog_load(self) -> None:
        """Answer the API's questions about the guilds of this process."""
        self.services.get(Requests).answer(LIVE_GUILD, self.live)

    async def live(self, asked: AskLiveGuild) -> LiveGuild:
        """Return the guild as Discord shows it to the bot.

        Raises:
            GuildNotFound: the bot is not in it.
            NoReply: Discord has not told of it yet, or has an outage.
        """
        guild = self.bot.get_guild(asked.guild_id)
        if guild is None and self.bot.all_shards_ready:
            raise GuildNotFound(asked.guild_id)
        if guild is None or guild.unavailable:
            raise NoReply("Discord does not show this server at the moment.", hint="Try again in a moment.")
        return _live(guild)

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


def _live(guild: discord.Guild) -> LiveGuild:
    channels = (
        LiveChannel(channel.id, channel.name, str(channel.type), channel.category_id) for channel in guild.channels
    )
    roles = (LiveRole(role.id, role.name, role.position, role.managed) for role in guild.roles)
    return LiveGuild(guild.id, guild.name, guild.member_count or 0, tuple(channels), tuple(roles))
