"""A server as the bot sees it now: its channels and roles, for whoever has to pick one of them.

Only the bot process that has the server knows them, so the API asks it.
"""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import Caller
from guildbase.platform.guilds import rules
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Question, Requests


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel or a category."""

    channel_id: int
    name: str
    kind: str
    """What discord.py calls it, such as `text`, `voice`, `forum` or `category`."""
    category_id: int | None


@dataclass(frozen=True, slots=True)
class LiveRole:
    """A role; the higher its position, the higher it stands."""

    role_id: int
    name: str
    position: int
    is_managed: bool
    """Whether it belongs to an integration, so that nobody can give it to a member."""


@dataclass(frozen=True, slots=True)
class LiveGuild:
    """What the bot has in memory of a server."""

    guild_id: int
    name: str
    member_count: int
    channels: tuple[LiveChannel, ...]
    roles: tuple[LiveRole, ...]


@dataclass(frozen=True, slots=True)
class AskLiveGuild:
    """How does this server look?"""

    guild_id: int


LIVE_GUILD = Question("guilds.live", AskLiveGuild, LiveGuild)


class LiveGuildController(BaseController):
    """Asks the bot for what it sees."""

    async def get(self, caller: Caller, guild_id: int) -> LiveGuild:
        """Return the server as its bot process sees it now.

        Raises:
            PermissionDenied: the caller may not manage the server.
            GuildNotFound: the bot is not in the server.
            NoReply: no bot process has the server now, or it did not answer.
        """
        if not rules.may_configure(caller, guild_id):
            raise PermissionDenied("You may not see this server's settings.", hint="Ask for Manage Server.")
        await self.services.get(GuildController).require(guild_id)
        return await self.services.get(Requests).ask_guild(LIVE_GUILD, guild_id, AskLiveGuild(guild_id))
