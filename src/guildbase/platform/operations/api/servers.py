"""Routes of the servers that the bot is in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from guildbase.api.dependencies import GuildId, OperatorDep, ServicesDep
from guildbase.platform.operations.controller import ServerController
from guildbase.platform.operations.controller.servers import Server
from guildbase.platform.operations.schemas import BlockOfServer, LeaveServer, ServerList, ServerOut

router = APIRouter(prefix="/servers")


@router.get("", operation_id="list_servers")
async def list_servers(
    services: ServicesDep,
    caller: OperatorDep,
    query: Annotated[str, Query(max_length=100, description="An id, or a part of a name.")] = "",
    is_gone: Annotated[bool, Query(description="Those that the bot has left instead.")] = False,
    after: Annotated[str | None, Query(max_length=2000, description="The `next_after` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> ServerList:
    """Return servers: all of them in pages, or those that a search finds."""
    controller = services.get(ServerController)
    if query.strip():
        return ServerList(servers=[_shown(it) for it in await controller.search(caller, query)], next_after=None)
    found, following = await controller.page(caller, after=after, limit=limit, is_gone=is_gone)
    return ServerList(servers=[_shown(it) for it in found], next_after=following)


@router.post("/{guild_id}/leave", operation_id="leave_server", status_code=202)
async def leave_server(guild_id: GuildId, wanted: LeaveServer, services: ServicesDep, caller: OperatorDep) -> None:
    """Have the bot leave a server soon."""
    await services.get(ServerController).leave(caller, guild_id, wanted.reason)


def _shown(server: Server) -> ServerOut:
    row, facts, block = server.row, server.facts, server.block
    return ServerOut(
        guild_id=row.guild_id,
        name=facts.name if facts else None,
        icon_url=facts.icon_url if facts else None,
        member_count=facts.member_count if facts else None,
        owner_id=facts.owner_id if facts else None,
        joined_at=row.joined_at,
        left_at=row.left_at,
        last_used=server.last_used,
        block=BlockOfServer(reason=block.reason, expires_at=block.expires_at) if block else None,
    )
