"""Who somebody is in a server now: only its bot process knows, so the API asks that."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.ports import Caller
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.standing.rules import Subject
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Question, Requests


@dataclass(frozen=True, slots=True)
class AskSubject:
    """Who is this in this server?"""

    guild_id: int
    user_id: int


SUBJECT = Question("standing.subject", AskSubject, Subject)


class SubjectController(BaseController):
    """Asks the bot for whom a decision is about."""

    async def ask(self, caller: Caller, guild_id: int, user_id: int) -> Subject:
        """Return the person as far as the caller's rights depend on it; a program may decide on anybody.

        Raises:
            GuildNotFound: the bot does not know the server.
            NoReply: no bot process has the server now, or it did not answer.
        """
        if caller.is_system:
            return Subject(user_id)
        await self.services.get(GuildController).require(guild_id)
        return await self.services.get(Requests).ask_guild(SUBJECT, guild_id, AskSubject(guild_id, user_id))
