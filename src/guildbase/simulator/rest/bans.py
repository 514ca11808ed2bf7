"""/guilds/{guild.id}/bans: banning and unbanning users."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, read_form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import members, messages
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import Guild

routes = RouteTable()


class _BanForm(Form):
    delete_message_seconds: Annotated[int, Field(ge=0, le=604_800)] = 0
    delete_message_days: Annotated[int, Field(ge=0, le=7)] = 0


@routes.route("PUT", "/guilds/{guild_id}/bans/{user_id}")
def ban(call: Call) -> None:
    """Ban a user, member or not, and delete what they wrote lately if asked to."""
    guild = call.guild(Permission.BAN_MEMBERS)
    user = call.world.user(call.id("user_id"))
    # Clients send the span in the query or in the body.
    form = read_form(_BanForm, call.body or dict(call.query))
    if user.id in guild.members:
        call.require_rank_over(guild, user.id)
    seconds = form.delete_message_seconds or form.delete_message_days * 86_400
    members.ban(call.world, guild, user, call.reason)
    if seconds:
        _delete_recent(call, guild, user.id, seconds)
    record(call.world, guild, Action.MEMBER_BAN_ADD, user.id, call.reason)


@routes.route("DELETE", "/guilds/{guild_id}/bans/{user_id}")
def unban(call: Call) -> None:
    """Lift a ban."""
    guild = call.guild(Permission.BAN_MEMBERS)
    user_id = call.id("user_id")
    if user_id not in guild.bans:
        raise unknown("Ban")
    members.unban(call.world, guild, call.world.user(user_id))
    record(call.world, guild, Action.MEMBER_BAN_REMOVE, user_id, call.reason)


@routes.route("GET", "/guilds/{guild_id}/bans/{user_id}")
def get_ban(call: Call) -> Json:
    """Return one ban."""
    guild = call.guild(Permission.BAN_MEMBERS)
    user_id = call.id("user_id")
    if user_id not in guild.bans:
        raise unknown("Ban")
    return _ban(call, guild, user_id)


@routes.route("GET", "/guilds/{guild_id}/bans")
def list_bans(call: Call) -> list[Json]:
    """Return a page of bans in the order of user ids."""
    guild = call.guild(Permission.BAN_MEMBERS)
    limit = call.number("limit", 1000, low=1, high=1000)
    after, before = call.snowflake_in_query("after") or 0, call.snowflake_in_query("before")
    ids = sorted(it for it in guild.bans if it > after and (before is None or it < before))
    return [_ban(call, guild, it) for it in ids[:limit]]


def _ban(call: Call, guild: Guild, user_id: int) -> Json:
    return {"user": payloads.user(call.world.users[user_id]), "reason": guild.bans[user_id]}


def _delete_recent(call: Call, guild: Guild, user_id: int, seconds: int) -> None:
    oldest = call.world.clock.time() - seconds
    for channel in guild.channels.values():
        recent = [
            it
            for it in call.world.messages[channel.id].values()
            if it.author_id == user_id and snowflake_time(it.id).timestamp() >= oldest
        ]
        messages.delete_many(call.world, channel, recent)
