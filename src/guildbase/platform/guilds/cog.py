"""Hears from Discord which guilds the bot is in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import discord
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.core.errors import NoReply
from guildbase.core.i18n import _
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.platform.guilds.live import LIVE_GUILD, AskLiveGuild, LiveChannel, LiveGuild, LiveRole
from guildbase.platform.guilds.people import FIND_PEOPLE, AskPeople, People, Person
from guildbase.services.pubsub.requests import Requests

MOST_FOUND = 25
"""Members that a search by name shows."""
MOST_STRANGERS = 10
"""People who are no members, for whom one question asks Discord, one by one."""
MOST_REMEMBERED = 1000
STRANGER_WITHIN = 1.0  # seconds


class Guilds(BaseCog):
    """Keeps the guilds' rows in step with Discord."""

    async def cog_load(self) -> None:
        """Answer the API's questions about the guilds of this process."""
        self._strangers: dict[int, discord.User | None] = {}
        self.services.get(Requests).answer(LIVE_GUILD, self.live)
        self.services.get(Requests).answer(FIND_PEOPLE, self.people)

    async def live(self, asked: AskLiveGuild) -> LiveGuild:
        """Return the guild as Discord shows it to the bot.

        Raises:
            GuildNotFound: the bot is not in it.
            NoReply: Discord has not told of it yet, or has an outage.
        """
        return _live(self._shown(asked.guild_id))

    async def people(self, asked: AskPeople) -> People:
        """Return members by the beginning of their name, or people by their ids, also those who are no members.

        Raises:
            GuildNotFound: the bot is not in the server.
            NoReply: Discord has not told of it yet, or has an outage.
        """
        guild = self._shown(asked.guild_id)
        if asked.query:
            return People(tuple(map(_person, await _named(guild, asked.query))))
        found: dict[int, discord.User | discord.Member] = {
            member.id: member for member in await _members(guild, asked.ids)
        }
        unknown = [user_id for user_id in asked.ids if user_id not in found]
        users = await asyncio.gather(*(self._stranger(user_id) for user_id in unknown[:MOST_STRANGERS]))
        return People(tuple(_person(user) for user in (*found.values(), *users) if user is not None))

    def _shown(self, guild_id: int) -> discord.Guild:
        guild = self.bot.get_guild(guild_id)
        if guild is None and self.bot.all_shards_ready:
            raise GuildNotFound(guild_id)
        if guild is None or guild.unavailable:
            raise NoReply(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
        return guild

    async def _stranger(self, user_id: int) -> discord.User | None:
        """Return somebody who is in no server that the bot sees, such as one who was banned; None if nobody is."""
        if (known := self.bot.get_user(user_id)) is not None:
            return known
        if user_id not in self._strangers:
            try:
                async with asyncio.timeout(STRANGER_WITHIN):
                    self._strangers[user_id] = await self.bot.fetch_user(user_id)
            except discord.NotFound:
                self._strangers[user_id] = None
            except (discord.HTTPException, TimeoutError):
                return None
            while len(self._strangers) > MOST_REMEMBERED:
                del self._strangers[next(iter(self._strangers))]
        return self._strangers.get(user_id)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """After the process started, take in what changed meanwhile; a guild in an outage still counts as there."""
        controller, shards = self.controller(GuildController), self.bot.shard_count or 1
        # Read before Discord's list is looked at, so that a guild that is joined right now is not taken for gone.
        known = await controller.known_on(shard_id, shards)
        here = {guild.id for guild in self.bot.guilds if guild.shard_id == shard_id}
        await controller.reconcile(here, gone=known - here, is_recent=bool(known))
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
    roles = (LiveRole(role.id, role.name, role.position, role.managed, role.colour.value) for role in guild.roles)
    icon_url = guild.icon.with_size(128).url if guild.icon else None
    return LiveGuild(guild.id, guild.name, guild.member_count or 0, tuple(channels), tuple(roles), icon_url)


def _person(user: discord.User | discord.Member) -> Person:
    is_member = isinstance(user, discord.Member)
    avatar_url = user.display_avatar.with_size(64).url
    return Person(user.id, user.name, user.display_name, avatar_url, is_bot=user.bot, is_member=is_member)


async def _named(guild: discord.Guild, query: str) -> list[discord.Member]:
    """Return members whose names begin so; in a large server only Discord knows them all."""
    if not guild.chunked:
        try:
            return await guild.query_members(query, limit=MOST_FOUND, cache=False)
        except (TimeoutError, discord.ClientException):
            pass  # Those in memory are better than none.
    wanted = query.casefold()
    found = (member for member in guild.members if _is_called(member, wanted))
    return sorted(found, key=lambda member: member.display_name.casefold())[:MOST_FOUND]


def _is_called(member: discord.Member, wanted: str) -> bool:
    names = (member.name, member.global_name or "", member.nick or "")
    return any(name.casefold().startswith(wanted) for name in names)


async def _members(guild: discord.Guild, ids: Sequence[int]) -> list[discord.Member]:
    found = [member for user_id in ids if (member := guild.get_member(user_id)) is not None]
    unseen = sorted(set(ids) - {member.id for member in found})
    if unseen and not guild.chunked:
        # Those who do not come count as strangers, and Discord is asked about each.
        with contextlib.suppress(TimeoutError, discord.ClientException):
            found += await guild.query_members(user_ids=unseen, limit=len(unseen), cache=False)
    return found
