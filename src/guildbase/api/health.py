"""Whether the API works, for people and load balancers."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

import guildbase
from guildbase.api.dependencies import ServicesDep
from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.services.loops import BackgroundLoops
from guildbase.services.redis import RedisState, redis_state

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The state of this API process."""

    status: Literal["ok", "unavailable"]
    version: str
    database: Literal["ok", "unavailable"]
    redis: RedisState
    broken_loops: list[str]
    """Loops in the background that wait to be started again."""
    features: list[str]


@router.get("/health", operation_id="health")
async def get_health(services: ServicesDep, response: Response) -> Health:
    """Tell whether the API can do its work; 503 if it cannot."""
    database: Literal["ok", "unavailable"] = "ok"
    try:
        await services.get(DatabaseManager).ping()
    except DatabaseUnavailable:
        database = "unavailable"
        response.status_code = 503
    return Health(
        status=database,
        version=guildbase.__version__,
        database=database,
        redis=await redis_state(services),
        broken_loops=services.get(BackgroundLoops).broken,
        features=sorted(services.get(FeatureRegistry).features),
    )
