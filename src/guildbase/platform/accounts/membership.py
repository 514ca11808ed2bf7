"""What somebody is in a server now, as the bot process that has it sees them: the ground of their rights."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Question, Requests

TTL = 20.0
"""Seconds that an answer of the bot counts, if no event ends it before."""


@dataclass(frozen=True, slots=True)
class AskMembership:
    """What is this person in the server?"""

    guild_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class Membership:
    """What the person is there; one who is no member has nothing."""

    is_member: bool
    name: str = ""
    permissions: int = 0
    """Permission bits in the server as a whole."""
    top_role: int = 0
    role_ids: tuple[int, ...] = ()
    is_owner: bool = False
    is_timed_out: bool = False
    """Whether Discord keeps them from doing anything; it never does that to owners and administrators."""


MEMBERSHIP = Question("accounts.membership", AskMembership, Membership)


class MembershipController(BaseController):
    """Asks the bot, and remembers its answers for seconds."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._cache = services.get(CacheService)

    async def get(self, guild_id: int, user_id: int) -> Membership:
        """Return what the person is in the server.

        Raises:
            NoReply: no bot process has the server now, or it did not answer.
            GuildNotFound: the bot is not in the server.
        """
        key = _person(guild_id, user_id)
        asked = AskMembership(guild_id, user_id)

        async def ask() -> Membership:
            return await self.services.get(Requests).ask_guild(MEMBERSHIP, guild_id, asked)

        return await self._cache.get_or_load(key, ask, tags=(key, _guild(guild_id)), ttl=TTL)

    async def forget(self, guild_id: int, user_id: int | None = None) -> None:
        """Ask anew when the person, or by default anybody of the server, is looked at again; in all processes."""
        await self._cache.invalidate(_guild(guild_id) if user_id is None else _person(guild_id, user_id))


def _person(guild_id: int, user_id: int) -> str:
    return f"membership:{guild_id}:{user_id}"


def _guild(guild_id: int) -> str:
    return f"memberships:{guild_id}"
