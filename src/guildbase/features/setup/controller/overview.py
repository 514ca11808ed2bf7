"""How the bot fares in a server, at a glance."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from guildbase.core.errors import NoReply, PermissionDenied
from guildbase.core.i18n import _, spoken
from guildbase.core.ports import Caller, GuildSnapshots
from guildbase.core.snowflake import shard_of
from guildbase.features.setup.checkup import CHECKUP, AskCheckup, Checkup
from guildbase.platform.guilds.controller import GuildNotFound
from guildbase.platform.guilds.live import LiveGuild, LiveGuildController
from guildbase.platform.guilds.models import Guild
from guildbase.platform.guilds.rules import may_look_around, may_read_settings
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Requests
from guildbase.services.shards import Shards, ShardState


@dataclass(frozen=True, slots=True)
class Overview:
    """A server and how the bot fares there."""

    guild_id: int
    joined_at: datetime
    prefix: str
    locale: str
    live: LiveGuild | None
    """None if no bot process has the server now."""
    checkup: Checkup | None
    """None if the caller may not see it, or no bot process answered."""
    shard: ShardState | None


class OverviewController(BaseController):
    """Puts together what a server's first page shows; whatever does not answer is left out."""

    async def overview(self, caller: Caller, guild_id: int) -> Overview:
        """Return how the bot fares in the server.

        Raises:
            PermissionDenied: the caller has no right at all in the server.
            GuildNotFound: the bot is not in the server.
        """
        if not may_look_around(caller, guild_id):
            raise PermissionDenied(_("You may not see this server's settings."), hint=_("Ask for Manage Server."))
        joined_at = await self._joined_at(guild_id)
        snapshot = await self.services.get(GuildSnapshots).load(guild_id)
        live, checkup, shard = await asyncio.gather(
            self._live(caller, guild_id), self._checkup(caller, guild_id), self._shard(guild_id)
        )
        return Overview(guild_id, joined_at, snapshot.prefix, snapshot.locale, live, checkup, shard)

    async def _live(self, caller: Caller, guild_id: int) -> LiveGuild | None:
        try:
            return await self.services.get(LiveGuildController).get(caller, guild_id)
        except (NoReply, GuildNotFound):
            return None

    async def _checkup(self, caller: Caller, guild_id: int) -> Checkup | None:
        if not may_read_settings(caller, guild_id):
            return None
        try:
            return await self.services.get(Requests).ask_guild(CHECKUP, guild_id, AskCheckup(guild_id, spoken()))
        except (NoReply, GuildNotFound):
            return None

    async def _shard(self, guild_id: int) -> ShardState | None:
        shards = await self.services.get(Shards).all()
        return shards[shard_of(guild_id, len(shards))] if shards else None

    async def _joined_at(self, guild_id: int) -> datetime:
        async with self.reading() as session:
            row = await Guild.get_by_id(session, guild_id)
        if row is None:
            raise GuildNotFound(guild_id)
        return row.joined_at
