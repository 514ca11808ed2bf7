"""How somebody and the bot stand in a server now: only its bot process knows, so the API asks that."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.ports import Caller
from guildbase.core.targets import BotStanding, Target
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Question, Requests


@dataclass(frozen=True, slots=True)
class AskStanding:
    """How does this person stand in this server?"""

    guild_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class SeenStanding:
    """What the bot sees."""

    target: Target
    bot: BotStanding
    bot_id: int


STANDING = Question("moderation.standing", AskStanding, SeenStanding)


class StandingOfTargets(BaseController):
    """Asks the bot for what it sees."""

    async def ask(self, caller: Caller, guild_id: int, user_id: int) -> SeenStanding:
        """Return how the person and the bot stand in the server.

        Raises:
            PermissionDenied: the caller is no moderator there.
            NotFound: there is no such person.
            NoReply: no bot process has the server now, or it did not answer.
        """
        from guildbase.features.moderation.kinds import Rank
        from guildbase.features.moderation.rules.ranks import require_rank  # The start needs the question alone.

        require_rank(caller, guild_id, Rank.MODERATOR)
        return await self.services.get(Requests).ask_guild(STANDING, guild_id, AskStanding(guild_id, user_id))
