"""/users, /gateway and /applications/@me: who the bot is, where it is, and how it gets to the gateway."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import channels, guilds

routes = RouteTable()


class _OpenConversation(Form):
    recipient_id: int


@routes.route("GET", "/users/@me")
def get_current_user(call: Call) -> Json:
    """Return the bot's user."""
    return payloads.current_user(call.bot)


@routes.route("GET", "/users/{user_id}")
def get_user(call: Call) -> Json:
    """Return any user."""
    return payloads.user(call.world.user(call.id("user_id")))


@routes.route("GET", "/users/@me/guilds")
def list_my_guilds(call: Call) -> list[Json]:
    """Return a page of the guilds the bot is in."""
    limit = call.number("limit", 200, low=1, high=200)
    after = call.snowflake_in_query("after") or 0
    mine = [it for it in call.world.guilds.values() if call.bot.id in it.members and it.id > after]
    return [
        {
            "id": str(it.id),
            "name": it.name,
            "icon": None,
            "banner": None,
            "owner": it.owner_id == call.bot.id,
            "permissions": str(call.world.permissions_of(it, call.bot.id)),
            "features": [],
        }
        for it in sorted(mine, key=lambda guild: guild.id)[:limit]
    ]


@routes.route("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(call: Call) -> None:
    """Let the bot leave a guild."""
    guild = call.world.guild(call.id("guild_id"))
    if call.bot.id not in guild.members:
        raise unknown("Guild")
    guilds.bot_leaves(call.world, guild)


@routes.route("POST", "/users/@me/channels")
def open_conversation(call: Call) -> Json:
    """Return the direct conversation with a user; whether the user accepts messages shows on sending."""
    user = call.world.users.get(call.form(_OpenConversation).recipient_id)
    if user is None or user.bot:
        raise DiscordError(400, 50033, "Invalid Recipient(s)")
    return payloads.channel(call.world, channels.dm_with(call.world, user))


@routes.route("GET", "/oauth2/applications/@me")
@routes.route("GET", "/applications/@me")
def get_application(call: Call) -> Json:
    """Return the application with its grants of privileged intents."""
    return payloads.application(call.world)


@routes.route("GET", "/gateway/bot")
def get_gateway_bot(call: Call) -> Json:
    """Return the gateway's URL, how many shards are recommended and how many may still start."""
    shards = call.world.recommended_shards
    return {"url": call.gateway_url, "shards": shards, "session_start_limit": call.hub.start_limit()}


@routes.route("GET", "/gateway", open=True)
def get_gateway(call: Call) -> Json:
    """Return the gateway's URL."""
    return {"url": call.gateway_url}
