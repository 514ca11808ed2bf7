"""/guilds/{guild.id}/bans: banning and unbanning users, one or many at a time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form, read_form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import members, messages
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import Guild, User

routes = RouteTable()
_Seconds = Annotated[int, Field(ge=0, le=604_800)]


class _BanForm(Form):
    delete_message_seconds: _Seconds | None = None
    delete_message_days: Annotated[int, Field(ge=0, le=7)] | None = None


class _BulkBan(Form):
    user_ids: Annotated[list[Snowflake], Field(min_length=1, max_length=200)]
    delete_message_seconds: _Seconds | None = None


@routes.route("PUT", "/guilds/{guild_id}/bans/{user_id}")
def ban(call: Call) -> None:
    """Ban a user, member or not, and delete what they wrote lately if asked to; a second ban changes nothing."""
    guild = call.guild(Permission.BAN_MEMBERS)
    user = call.world.user(call.id("user_id"))
    # Clients send the span in the query or in the body.
    form = read_form(_BanForm, call.body or dict(call.query))
    call.require_rank_over(guild, user.id)
    if user.id not in guild.bans:
        seconds = form.delete_message_seconds or (form.delete_message_days or 0) * 86_400
        _ban(call, guild, user, seconds)


@routes.route("POST", "/guilds/{guild_id}/bulk-ban")
def bulk_ban(call: Call) -> Json:
    """Ban up to 200 users; those that cannot be banned are named, and it is an error if none could."""
    guild = call.guild(Permission.BAN_MEMBERS, Permission.MANAGE_GUILD)
    form = call.form(_BulkBan)
    banned: list[int] = []
    failed: list[int] = []
    for user_id in dict.fromkeys(form.user_ids):
        user = call.world.users.get(user_id)
        allowed = user is not None and call.world.outranks(guild, call.bot.id, user_id)
        (banned if allowed and user_id not in guild.bans else failed).append(user_id)
    if not banned:
        raise DiscordError(400, 500_000, "Failed to ban users")
    for user_id in banned:
        _ban(call, guild, call.world.user(user_id), form.delete_message_seconds or 0)
    return {"banned_users": [str(it) for it in banned], "failed_users": [str(it) for it in failed]}


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
    return _shown(call, guild, user_id)


@routes.route("GET", "/guilds/{guild_id}/bans")
def list_bans(call: Call) -> list[Json]:
    """Return a page of bans in the order of user ids; with `before`, the last ones below it."""
    guild = call.guild(Permission.BAN_MEMBERS)
    limit = call.number("limit", 1000, low=1, high=1000)
    after, before = call.snowflake_in_query("after") or 0, call.snowflake_in_query("before")
    if before is not None:
        page = sorted(it for it in guild.bans if it < before)[-limit:]
    else:
        page = sorted(it for it in guild.bans if it > after)[:limit]
    return [_shown(call, guild, it) for it in page]


def _ban(call: Call, guild: Guild, user: User, seconds: int) -> None:
    members.ban(call.world, guild, user, call.reason)
    if seconds:
        _delete_recent(call, guild, user.id, seconds)
    record(call.world, guild, Action.MEMBER_BAN_ADD, user.id, call.reason)


def _shown(call: Call, guild: Guild, user_id: int) -> Json:
    return {"user": payloads.user(call.world.user(user_id)), "reason": guild.bans[user_id]}


def _delete_recent(call: Call, guild: Guild, user_id: int, seconds: int) -> None:
    oldest = call.world.clock.time() - seconds
    for channel in (*guild.channels.values(), *guild.threads.values()):
        recent = [
            it
            for it in call.world.messages[channel.id].values()
            if it.author_id == user_id and snowflake_time(it.id).timestamp() >= oldest
        ]
        messages.delete_many(call.world, channel, recent)
