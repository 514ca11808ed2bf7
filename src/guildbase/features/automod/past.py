"""A message of the past, which only the bot process of its server can read: the API asks that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Question, Requests


@dataclass(frozen=True, slots=True)
class AskMessage:
    """What does the message say that this link leads to?"""

    guild_id: int
    link: str
    asker_id: int | None
    """Who must be able to read it; None for the operator."""


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """What is known of the message; the fields of `Facts` that a message has."""

    content: str
    now: datetime
    guild_id: int
    message_id: int
    channel_id: int
    channel_ids: frozenset[int]
    user_id: int
    user_name: str
    role_ids: frozenset[int]
    permissions: int
    mentions: int
    has_everyone: bool
    files: tuple[str, ...]
    created_at: datetime | None
    joined_at: datetime | None


MESSAGE = Question("automod.message", AskMessage, SeenMessage)


class PastMessages(BaseController):
    """Asks the bot for messages."""

    async def read(self, caller: Caller, guild_id: int, link: str) -> SeenMessage:
        """Return the message that the link leads to.

        Raises:
            PermissionDenied: a program asks, of which nobody can tell what it may read.
            NotFound: there is no such message in this server, or the caller cannot read it.
            NoReply: no bot process has the server now, or it did not answer.
        """
        if caller.user_id is None and not caller.is_system:
            raise PermissionDenied(_("Only people can have a message looked at."), hint=_("Send its text instead."))
        asked = AskMessage(guild_id, link, None if caller.is_system else caller.user_id)
        return await self.services.get(Requests).ask_guild(MESSAGE, guild_id, asked)
