"""The routes."""

from __future__ import annotations

from fastapi import APIRouter

from guildbase.api.dependencies import CallerDep, GuildId, ServicesDep

from .controller import HelloController
from .schemas import GreetingCount

router = APIRouter(tags=["hello"])


@router.get("/guilds/{guild_id}/hello", operation_id="count_greetings")
async def count_greetings(guild_id: GuildId, services: ServicesDep, caller: CallerDep) -> GreetingCount:
    """Return how often the bot has greeted in a server."""
    return GreetingCount(count=services.get(HelloController).count(caller, guild_id))
