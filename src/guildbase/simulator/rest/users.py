"""/users and /gateway: who the caller is and where, other users, and how the bot gets to the gateway."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, text
from guildbase.simulator.rest.images import Picture
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import channels, images, members, users
from guildbase.simulator.world.entities import Guild

routes = RouteTable()


class _OpenConversation(Form):
    recipient_id: Annotated[int, Field(ge=0, lt=1 << 63)]


class _OwnChanges(Form):
    username: Annotated[str, text(2, 32)] | None = None
    avatar: Picture | None = None
    banner: Picture | None = None


@routes.route("GET", "/users/@me", scope="identify")
def get_current_user(call: Call) -> Json:
    """Return the caller: the bot, or the person whose access token it is, with an address if that is allowed."""
    return payloads.current_user(call.bot, with_email=call.grant is not None and "email" in call.grant.scopes)


@routes.route("PATCH", "/users/@me")
def edit_current_user(call: Call) -> Json:
    """Change the bot's name or pictures."""
    form = call.form(_OwnChanges)
    values: dict[str, object] = {} if form.username is None else {"username": form.username}
    for name in ("avatar", "banner"):
        if name in form.model_fields_set:
            picture = getattr(form, name)
            values[name] = None if picture is None else images.keep(call.world, picture)
    users.change(call.world, call.bot, values)
    return payloads.current_user(call.bot)


@routes.route("GET", "/users/{user_id}")
def get_user(call: Call) -> Json:
    """Return any user."""
    return payloads.user(call.world.user(call.id("user_id")))


@routes.route("GET", "/users/@me/guilds", scope="guilds")
def list_my_guilds(call: Call) -> list[Json]:
    """Return a page of the guilds the caller is in."""
    limit = call.number("limit", 200, low=1, high=200)
    before, after = call.snowflake_in_query("before"), call.snowflake_in_query("after") or 0
    mine = sorted(it for it, one in call.world.guilds.items() if it > after and call.bot.id in one.members)
    page = mine[:limit] if before is None else [it for it in mine if it < before][-limit:]
    return [_own_guild(call, call.world.guilds[it]) for it in page]


@routes.route("GET", "/users/@me/guilds/{guild_id}/member", scope="guilds.members.read", for_bots=False)
def get_my_member(call: Call) -> Json:
    """Return the person's membership in one guild."""
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or call.bot.id not in guild.members:
        raise unknown("Guild")
    return payloads.member(call.world, guild.members[call.bot.id])


@routes.route("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(call: Call) -> None:
    """Leave a guild, which its owner cannot."""
    guild = call.world.guild(call.id("guild_id"))
    if call.bot.id not in guild.members:
        raise unknown("Guild")
    if guild.owner_id == call.bot.id:
        raise DiscordError(400, 50055, "Invalid Guild")
    members.remove(call.world, guild, call.bot.id)


@routes.route("GET", "/users/@me/connections", scope="connections", for_bots=False)
def list_connections(call: Call) -> list[Json]:
    """Return the person's accounts elsewhere: nobody here has any."""
    return []


@routes.route("POST", "/users/@me/channels")
def open_conversation(call: Call) -> Json:
    """Return the direct conversation with a user; whether the user accepts messages shows on sending."""
    user = call.world.users.get(call.form(_OpenConversation).recipient_id)
    if user is None or user.bot:
        raise DiscordError(400, 50033, "Invalid Recipient(s)")
    return payloads.channel(call.world, channels.dm_with(call.world, user))


@routes.route("GET", "/gateway/bot")
def get_gateway_bot(call: Call) -> Json:
    """Return the gateway's URL, how many shards are recommended and how many may still start."""
    shards = call.world.recommended_shards
    return {"url": call.gateway_url, "shards": shards, "session_start_limit": call.hub.start_limit()}


@routes.route("GET", "/gateway", open=True)
def get_gateway(call: Call) -> Json:
    """Return the gateway's URL."""
    return {"url": call.gateway_url}


def _own_guild(call: Call, guild: Guild) -> Json:
    told: Json = {
        "id": str(guild.id),
        "name": guild.name,
        "icon": guild.settings.icon,
        "banner": guild.settings.banner,
        "owner": guild.owner_id == call.bot.id,
        "permissions": str(call.world.permissions_of(guild, call.bot.id)),
        "features": list(guild.settings.features),
    }
    if call.flag("with_counts"):
        told |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return told
