"""Who calls: the bot by its token, or a person by an access token that allows what the route needs."""

from __future__ import annotations

from guildbase.simulator.errors import DiscordError
from guildbase.simulator.rest.router import Route
from guildbase.simulator.world import oauth2
from guildbase.simulator.world.entities import Grant
from guildbase.simulator.world.state import World


def authorize(world: World, route: Route, header: str) -> Grant | None:
    """Return the grant of a caller with an access token, None if it is the bot; raise what Discord answers others."""
    if header == f"Bot {world.application.token}":
        if not route.for_bots:
            raise DiscordError(403, 20001, "Bots cannot use this endpoint")
        return None
    kind, _, token = header.partition(" ")
    grant = oauth2.bearer(world, token) if kind == "Bearer" else None
    if grant is None:
        raise DiscordError(401, 0, "401: Unauthorized")
    if route.scope is None:
        raise DiscordError(403, 20012, "You are not authorized to perform this action on this application")
    if route.scope and route.scope not in grant.scopes:
        raise DiscordError(403, 50026, "Missing required OAuth2 scope")
    return grant
