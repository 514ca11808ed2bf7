"""Hears what is deleted in Discord, and finds what was deleted while the bot was away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from guildbase.bot.callers import caller_of_member
from guildbase.bot.cog import BaseCog
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.features.tickets.questions import HELPER, AskHelper, SeenHelper
from guildbase.features.tickets.views.rating import RatingButton
from guildbase.services.pubsub.requests import Requests

if TYPE_CHECKING:
    from guildbase.features.tickets.controller.recovery import RecoveryController

CHECKED_AT_ONCE = 100
"""Servers that are looked at together after a start."""


class TicketWatch(BaseCog):
    """Keeps tickets in step with Discord."""

    @property
    def recovery(self) -> RecoveryController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.tickets.controller.recovery import RecoveryController

        return self.controller(RecoveryController)

    async def cog_load(self) -> None:
        """Let the buttons in old direct messages work, and answer who is of the staff."""
        self.bot.add_dynamic_items(RatingButton)
        self.services.get(Requests).answer(HELPER, self.helper)

    async def cog_unload(self) -> None:
        """Let them rest."""
        self.bot.remove_dynamic_items(RatingButton)

    async def helper(self, asked: AskHelper) -> SeenHelper:
        """Return the member as Discord shows them; NotFound if there is none."""
        from guildbase.features.tickets.rules import may_configure

        guild = self.bot.get_guild(asked.guild_id)
        try:
            member = await guild.fetch_member(asked.user_id) if guild is not None else None
        except discord.NotFound:
            member = None
        if member is None:
            raise NotFound(_("They are no member of this server."), hint=_("Choose somebody of the staff."))
        caller = await caller_of_member(member, self.bot)
        return SeenHelper(str(member), caller.role_ids, may_configure(caller, asked.guild_id))

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Find tickets whose channel or thread was deleted while the bot was away."""
        guilds = [guild for guild in self.bot.guilds if guild.shard_id == shard_id and not guild.unavailable]
        for first in range(0, len(guilds), CHECKED_AT_ONCE):
            await self.check(guilds[first : first + CHECKED_AT_ONCE])

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Close the ticket of a channel, and those of its threads."""
        for channel_id in await self._gone_with(channel):
            await self.recovery.lost(channel.guild.id, channel_id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Close the ticket of a thread."""
        if await self._number_at(payload.guild_id, payload.thread_id) is not None:
            await self.recovery.lost(payload.guild_id, payload.thread_id)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Mark a message of a ticket as deleted."""
        await self._mark_deleted(payload.guild_id, payload.channel_id, [payload.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Mark messages of a ticket as deleted."""
        await self._mark_deleted(payload.guild_id, payload.channel_id, sorted(payload.message_ids))

    async def check(self, guilds: Sequence[discord.Guild]) -> int:
        """Close the tickets of these servers whose channel or thread is gone, and return how many these were."""
        there = {guild.id: guild for guild in guilds}
        lost = 0
        for guild_id, places in (await self.recovery.places([*there])).items():
            for channel_id in await _gone(there[guild_id], places):
                lost += await self.recovery.lost(guild_id, channel_id) is not None
        return lost

    async def _gone_with(self, channel: discord.abc.GuildChannel) -> list[int]:
        places = await self._places(channel.guild.id)
        found = [channel.id] if channel.id in places else []
        if isinstance(channel, discord.TextChannel | discord.ForumChannel) and places:
            # Discord deletes the threads of a channel with it and tells nothing of them.
            wanted = (await self.recovery.places([channel.guild.id])).get(channel.guild.id, {})
            found += await _gone(channel.guild, wanted.keys() - {channel.id})
        return found

    async def _mark_deleted(self, guild_id: int | None, channel_id: int, message_ids: Sequence[int]) -> None:
        from guildbase.features.tickets.controller.transcripts import TranscriptController

        if guild_id is not None and (number := await self._number_at(guild_id, channel_id)) is not None:
            await self.controller(TranscriptController).mark_deleted(guild_id, number, message_ids)

    async def _number_at(self, guild_id: int, channel_id: int) -> int | None:
        return (await self._places(guild_id)).get(channel_id)

    async def _places(self, guild_id: int) -> Mapping[int, int]:
        from guildbase.features.tickets.controller.places import PlaceController

        return await self.controller(PlaceController).load(guild_id)


async def _gone(guild: discord.Guild, channel_ids: Collection[int]) -> list[int]:
    """Return those that Discord has no longer; it is asked only for what the bot does not see, such as old threads."""
    gone = []
    for channel_id in sorted(channel_ids):
        if guild.get_channel_or_thread(channel_id) is not None:
            continue
        try:
            await guild.fetch_channel(channel_id)
        except discord.NotFound:
            gone.append(channel_id)
        except discord.HTTPException:
            continue  # It may be there; the next start looks again.
    return gone
