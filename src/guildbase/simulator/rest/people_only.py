"""Operations that Discord keeps for people: client libraries still have callers for them, and bots are refused."""

from __future__ import annotations

from guildbase.simulator.errors import DiscordError
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.router import RouteTable

routes = RouteTable()


@routes.route("POST", "/guilds")
@routes.route("POST", "/guilds/templates/{code}")
@routes.route("DELETE", "/guilds/{guild_id}")
@routes.route("POST", "/guilds/{guild_id}/mfa")
@routes.route("PATCH", "/guilds/{guild_id}/vanity-url")
@routes.route("POST", "/guilds/{guild_id}/integrations")
def refuse(call: Call) -> None:
    """Refuse, whatever the bot may do otherwise."""
    if "guild_id" in call.path:
        call.guild()
    raise DiscordError(403, 20001, "Bots cannot use this endpoint")
