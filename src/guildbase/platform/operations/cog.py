"""Tells the API of this process and its servers, and writes down how its shards fare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.platform.operations.kinds import (
    FIND_SERVERS,
    PROCESS_FACTS,
    AskProcess,
    AskServers,
    ProcessFacts,
    ServerFacts,
    Servers,
)
from guildbase.services.loops import BackgroundLoops
from guildbase.services.pubsub.requests import Requests

if TYPE_CHECKING:
    from guildbase.platform.operations.recording import ShardRecorder

LOOP = "shard-history"
MOST_FOUND = 25
"""Servers that a search by name finds in one process."""


class Operations(BaseCog):
    """What the operator's pages ask of a bot process."""

    _recorder: ShardRecorder | None = None

    async def cog_load(self) -> None:
        """Answer the API's questions."""
        requests = self.services.get(Requests)
        requests.answer(FIND_SERVERS, self.servers)
        requests.answer(PROCESS_FACTS, self.process)
        if self.bot.is_ready():  # Loaded anew, the shards are there already.
            self._record()

    async def cog_unload(self) -> None:
        """Write no more."""
        await self.services.get(BackgroundLoops).stop(LOOP)

    async def servers(self, asked: AskServers) -> Servers:
        """Return servers by a part of their name, or by their ids."""
        if not asked.query:
            known = (self.bot.get_guild(guild_id) for guild_id in asked.ids)
            return Servers(tuple(_facts(guild) for guild in known if guild is not None))
        wanted = asked.query.casefold()
        found = [guild for guild in self.bot.guilds if wanted in (guild.name or "").casefold()]
        return Servers(tuple(map(_facts, found[:MOST_FOUND])))

    async def process(self, _asked: AskProcess) -> ProcessFacts:
        """Return how this process fares."""
        from guildbase.platform.operations.controller import ProcessController

        return self.services.get(ProcessController).own()

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Write down that the shard began a session."""
        self._note(shard_id, "ready")

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        """Write down that the shard went on with its session."""
        self._note(shard_id, "resumed")

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Write down that the shard lost its connection."""
        self._note(shard_id, "disconnected")

    def _note(self, shard_id: int, happening: str) -> None:
        from guildbase.platform.operations.models import ShardHappening

        self._record().note(shard_id, ShardHappening(happening))

    def _record(self) -> ShardRecorder:
        """Return the recorder; it begins with the first shard, so that the start of the process does not wait."""
        from guildbase.platform.operations.recording import ShardRecorder

        if self._recorder is None:
            self._recorder = ShardRecorder(self.services)
            self.services.get(BackgroundLoops).start(LOOP, self._recorder.run)
        return self._recorder


def _facts(guild: discord.Guild) -> ServerFacts:
    # Of a server with an outage Discord tells nothing but its id.
    icon = guild.icon.with_size(64).url if guild.icon is not None else None
    return ServerFacts(guild.id, guild.name or "", guild.member_count or 0, guild.owner_id, icon)
