"""A server as the bot sees it now: its channels and roles, for whoever has to pick one of them.

Only the bot process that has the server knows them, so the API asks it.
"""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.platform.guilds import rules
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
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
    colour: int = 0
    """0 if it has none."""


@dataclass(frozen=True, slots=True)
class LiveGuild:
    """What the bot has in memory of a server."""

    guild_id: int
    name: str
    member_count: int
    channels: tuple[LiveChannel, ...]
    roles: tuple[LiveRole, ...]
    icon_url: str | None = None


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
            PermissionDenied: the caller has no right at all in the server.
            GuildNotFound: the bot is not in the server.
            NoReply: no bot process has the server now, or it did not answer.
        """
        await require_visitor(self.services, caller, guild_id)
        return await self.services.get(Requests).ask_guild(LIVE_GUILD, guild_id, AskLiveGuild(guild_id))


async def require_visitor(services: BotServices, caller: Caller, guild_id: int) -> None:
    """Return if the caller has any right in the server.

    Raises:
        PermissionDenied: they have none.
        GuildNotFound: the bot is not in the server.
    """
    if not rules.may_look_around(caller, guild_id):
        raise PermissionDenied(_("You may not see this server's settings."), hint=_("Ask for Manage Server."))
    await services.get(GuildController).require(guild_id)
