"""/guilds/{guild.id}/requests: users who ask to join, and deciding on them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import join_requests
from guildbase.simulator.world.entities import Guild, JoinRequest, JoinRequestStatus

routes = RouteTable()


class _Decision(Form):
    action: Literal["APPROVED", "REJECTED"]
    rejection_reason: Annotated[str, Field(max_length=160)] | None = None


@routes.route("GET", "/guilds/{guild_id}/requests")
def list_requests(call: Call) -> Json:
    """Return a page of the requests, newest first, of one status if named."""
    guild = call.guild(Permission.KICK_MEMBERS)
    limit = call.number("limit", 100, low=1, high=100)
    before, after = call.snowflake_in_query("before"), call.snowflake_in_query("after")
    status = call.query.get("status")
    fitting = [it for it in guild.join_requests.values() if status in (None, it.status)]
    page = [it for it in reversed(fitting) if (before is None or it.id < before) and (after is None or it.id > after)]
    return {"total": len(fitting), "guild_join_requests": [_shown(call, guild, it) for it in page[:limit]]}


@routes.route("PATCH", "/guilds/{guild_id}/requests/{request_id}")
def decide(call: Call) -> Json:
    """Let the user in, or reject the request; that is decided once."""
    guild = call.guild(Permission.KICK_MEMBERS)
    form = call.form(_Decision)
    one = guild.join_requests.get(call.id("request_id"))
    if one is None:
        raise DiscordError(404, 10127, "Unknown Guild Join Request")
    if one.status != JoinRequestStatus.SUBMITTED:
        raise DiscordError(400, 150_023, "This guild join request was decided before")
    reason = None if form.action == "APPROVED" else form.rejection_reason or ""
    join_requests.decide(call.world, guild, one, call.bot, reason)
    return _shown(call, guild, one)


def _shown(call: Call, guild: Guild, one: JoinRequest) -> Json:
    reviewer = call.world.users.get(one.reviewer_id or 0)
    return {
        "id": str(one.id),
        "created_at": payloads.moment(one.created_at),
        "reviewed_at": payloads.moment(one.reviewed_at),
        "application_status": str(one.status),
        "rejection_reason": one.rejection_reason,
        "guild_id": str(guild.id),
        "user_id": str(one.user_id),
        "user": payloads.user(call.world.users[one.user_id]),
        "form_responses": [],
        "actioned_by_user": None if reviewer is None else payloads.user(reviewer),
    }
