"""How the shards of all bot processes fare."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from guildbase.api.dependencies import OperatorDep, ServicesDep
from guildbase.services.shards import Shards, ShardState

router = APIRouter(tags=["shards"])


class ShardOut(BaseModel):
    """One shard; reports of other processes come by Redis, so without one they are absent."""

    number: int
    process: str | None = Field(description="The process that runs the shard; null if none does.")
    state: str = Field(description="`ready`, `connecting`, `reconnecting`, `unknown` (no report) or `gone`.")
    is_stale: bool = Field(description="Whether the process has not reported for several seconds; it may hang.")
    version: str | None = None
    guilds: int | None = None
    latency: float | None = Field(default=None, description="Seconds of the last heartbeat's round trip.")
    latency_history: list[float] = Field(default=[], description="Those of the last heartbeats, oldest first.")
    last_dispatch_age: float | None = Field(default=None, description="Seconds since Discord's last event.")

    @classmethod
    def of(cls, shard: ShardState) -> ShardOut:
        """Return what is shown of the shard."""
        known = cls(number=shard.shard_id, process=shard.owner, state=shard.state, is_stale=shard.is_stale)
        if (report := shard.report) is None:
            return known
        age = report.last_dispatch_age
        return known.model_copy(
            update={
                "version": report.version,
                "guilds": report.guilds,
                "latency": report.latency,
                "latency_history": list(report.latency_history),
                "last_dispatch_age": None if age is None else round(age + shard.age, 1),
            }
        )


class ShardList(BaseModel):
    """All shards of the bot."""

    shards: list[ShardOut]


@router.get("/shards", operation_id="list_shards")
async def list_shards(services: ServicesDep, _caller: OperatorDep) -> ShardList:
    """Return all shards in order, those of all bot processes."""
    return ShardList(shards=[ShardOut.of(shard) for shard in await services.get(Shards).all()])
