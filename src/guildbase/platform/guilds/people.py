"""People as Discord shows them: found by name among a server's members, or named by their ids.

Only the bot process that has the server can tell, so the API asks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.platform.guilds.live import require_visitor
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Question, Requests

MOST_IDS = 100
"""People that one question names."""
MAX_QUERY = 32
"""Longest name on Discord, in characters."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account on Discord."""

    user_id: int
    username: str
    name: str
    """What they are called in the server."""
    avatar_url: str
    is_bot: bool
    is_member: bool
    """Whether they are in the server."""


@dataclass(frozen=True, slots=True)
class AskPeople:
    """Whose name begins so, or, without a query, who are these?"""

    guild_id: int
    query: str = ""
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class People:
    """Those who were found."""

    people: tuple[Person, ...]


FIND_PEOPLE = Question("guilds.people", AskPeople, People)


class PeopleController(BaseController):
    """Asks the bot who people are."""

    async def find(
        self, caller: Caller, guild_id: int, *, query: str = "", ids: Sequence[int] = ()
    ) -> tuple[Person, ...]:
        """Return members whose name begins with the query, or whoever has these ids, members or not.

        Raises:
            PermissionDenied: the caller has no right at all in the server.
            GuildNotFound: the bot is not in the server.
            InvalidInput: neither a query nor ids, or too many.
            NoReply: no bot process has the server now, or it did not answer.
        """
        await require_visitor(self.services, caller, guild_id)
        query = query.strip()[:MAX_QUERY]
        if not query and not ids:
            raise InvalidInput(_("Say whom you look for."), hint=_("Give the beginning of a name, or ids."))
        if len(ids) > MOST_IDS:
            raise InvalidInput(_("Ask for at most {count} people at once.", count=MOST_IDS))
        asked = AskPeople(guild_id, query, tuple(dict.fromkeys(ids)))
        found = await self.services.get(Requests).ask_guild(FIND_PEOPLE, guild_id, asked)
        return found.people
