"""Routes of shards: where a server is run, and how shards fared."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from guildbase.api.dependencies import GuildId, OperatorDep, ServicesDep
from guildbase.api.pages import AfterId, Limit, cut
from guildbase.core.snowflake import shard_of
from guildbase.platform.operations import rules
from guildbase.platform.operations.controller import ShardHistory
from guildbase.platform.operations.models import ShardEvent
from guildbase.platform.operations.schemas import (
    ShardEventList,
    ShardEventOut,
    ShardHistoryOut,
    ShardOfGuild,
    ShardPoint,
)
from guildbase.services.shards import Shards

router = APIRouter(prefix="/shards")

ShardId = Annotated[int, Path(ge=0, le=100_000)]


@router.get("/of/{guild_id}", operation_id="find_shard")
async def find_shard(guild_id: GuildId, services: ServicesDep, _caller: OperatorDep) -> ShardOfGuild:
    """Return which shard and which process a server is run by; nobody has to know the server."""
    states = await services.get(Shards).all()
    if not states:
        return ShardOfGuild(guild_id=guild_id, shard_id=None, process=None)
    shard_id = shard_of(guild_id, len(states))
    return ShardOfGuild(guild_id=guild_id, shard_id=shard_id, process=states[shard_id].owner)


@router.get("/events", operation_id="list_shard_events")
async def list_events(
    services: ServicesDep,
    caller: OperatorDep,
    shard_id: Annotated[int | None, Query(ge=0, le=100_000)] = None,
    after: AfterId = None,
    limit: Limit = 50,
) -> ShardEventList:
    """Return what happened to the connections of shards, newest first."""
    found = await services.get(ShardHistory).events(caller, shard_id=shard_id, before=after, limit=limit + 1)
    page, last = cut(found, limit)
    return ShardEventList(events=[_event(it) for it in page], next_after=last.event_id if last else None)


@router.get("/{shard_id}/history", operation_id="get_shard_history")
async def get_history(
    shard_id: ShardId,
    services: ServicesDep,
    caller: OperatorDep,
    hours: Annotated[int, Query(ge=1, le=720)] = 24,
) -> ShardHistoryOut:
    """Return how a shard fared in the last hours, in at most 241 points."""
    points = await services.get(ShardHistory).points(caller, shard_id, hours)
    return ShardHistoryOut(
        shard_id=shard_id,
        step=int(rules.step(hours).total_seconds()),
        points=[ShardPoint.model_validate(it, from_attributes=True) for it in points],
    )


def _event(event: ShardEvent) -> ShardEventOut:
    return ShardEventOut(
        event_id=event.event_id,
        shard_id=event.shard,
        happening=event.happening,
        process=event.process,
        happened_at=event.happened_at,
    )
