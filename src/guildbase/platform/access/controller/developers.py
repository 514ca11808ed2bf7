"""Who belongs to the developer team: the owners in the settings, and a role in the main server."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from guildbase.core.errors import NoReply
from guildbase.core.settings import Settings
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Question, Requests

log = structlog.get_logger(__name__)

TTL = 30.0
"""Seconds that an answer of Discord counts. With the Members intent a change counts at once."""
TEAM = "developers"
"""The tag of all answers."""


@dataclass(frozen=True, slots=True)
class AskDeveloper:
    """Has this person the role of the team in the main server?"""

    user_id: int


@dataclass(frozen=True, slots=True)
class DeveloperAnswer:
    """Whether it is so."""

    is_developer: bool


IS_DEVELOPER = Question("access.is_developer", AskDeveloper, DeveloperAnswer)


class DeveloperController(BaseController):
    """Tells who belongs to the developer team; nobody does by a role that cannot be looked up now."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._settings = services.get(Settings)
        self._cache = services.get(CacheService)

    async def is_developer(self, user_id: int) -> bool:
        """Tell whether the person stands in `owner_ids`, or has the role `developer_role_id` in `main_guild_id`."""
        settings = self._settings
        if user_id in settings.owner_ids:
            return True
        if settings.main_guild_id is None or settings.developer_role_id is None:
            return False
        try:
            tags = (TEAM, _tag(user_id))
            return await self._cache.get_or_load(_tag(user_id), lambda: self._ask(user_id), tags=tags, ttl=TTL)
        except NoReply as error:
            log.warning("developer_not_recognised", user_id=user_id, reason=error.message)
            return False

    async def forget(self, user_id: int | None = None) -> None:
        """Ask Discord anew when the person, or by default anybody, is looked at again; it holds for all processes."""
        await self._cache.invalidate(TEAM if user_id is None else _tag(user_id))

    async def _ask(self, user_id: int) -> bool:
        guild_id = self._settings.main_guild_id
        assert guild_id is not None  # noqa: S101 - `is_developer` has looked.
        asked = AskDeveloper(user_id)
        return (await self.services.get(Requests).ask_guild(IS_DEVELOPER, guild_id, asked)).is_developer


def _tag(user_id: int) -> str:
    return f"developer:{user_id}"
