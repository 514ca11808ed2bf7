"""Whether the API works, for people and load balancers."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

import guildbase
from guildbase.api.dependencies import ServicesDep
from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.services.redis import RedisState, redis_state
from guildbase.services.shards import Shards

router = APIRouter(tags=["health"])

State = Literal["ok", "unavailable"]


class BotHealth(BaseModel):
    """The bot, as the shards of all its processes are known here."""

    state: Literal["ok", "degraded", "absent"] = Field(description="`absent` if no process is known to run a shard.")
    shards: int
    ready: int = Field(description="Shards that are connected and report.")


class Readiness(BaseModel):
    """Whether this process can do its work, by what it depends on; only the database is needed for all of it."""

    status: State
    database: State
    redis: RedisState
    bot: BotHealth | None = Field(description="Null while the database, which knows of its processes, is unavailable.")
    broken_loops: list[str] = Field(description="Loops in the background that wait to be started again.")


class Health(Readiness):
    """The state of this API process."""

    version: str
    features: list[str]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


_UNREADY = "It cannot do its work, because the database is unavailable."


@router.get("/health", operation_id="health", responses={503: {"model": Health, "description": _UNREADY}})
async def get_health(services: ServicesDep, response: Response) -> Health:
    """Tell how the API and all that it depends on fare; 503 if it cannot do its work."""
    found = await _readiness(services, response)
    features = sorted(services.get(FeatureRegistry).features)
    return Health(**found.model_dump(), version=guildbase.__version__, features=features)


@router.get("/health/live", operation_id="health_live")
async def get_live() -> Alive:
    """Tell that the process answers; whoever gets nothing starts it again."""
    return Alive()


@router.get(
    "/health/ready", operation_id="health_ready", responses={503: {"model": Readiness, "description": _UNREADY}}
)
async def get_ready(services: ServicesDep, response: Response) -> Readiness:
    """Tell whether requests may be sent here; 503 if not now."""
    return await _readiness(services, response)


async def _readiness(services: BotServices, response: Response) -> Readiness:
    bot: BotHealth | None = None
    try:
        await services.get(DatabaseManager).ping()
        bot = await _bot(services)
    except DatabaseUnavailable:
        response.status_code = 503
    state: State = "ok" if bot else "unavailable"
    return Readiness(
        status=state,
        database=state,
        redis=await redis_state(services),
        bot=bot,
        broken_loops=services.get(BackgroundLoops).broken,
    )


async def _bot(services: BotServices) -> BotHealth:
    shards = await services.get(Shards).all()
    ready = sum(shard.state == "ready" and not shard.is_stale for shard in shards)
    if not any(shard.owner for shard in shards):
        return BotHealth(state="absent", shards=len(shards), ready=ready)
    return BotHealth(state="ok" if ready == len(shards) else "degraded", shards=len(shards), ready=ready)
