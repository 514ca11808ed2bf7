"""Gives every request a correlation id, also told to the client, and an answer whatever goes wrong."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from guildbase.api.errors import noted, unexpected
from guildbase.core.logging import correlation

HEADER = b"x-correlation-id"
_GIVEN = re.compile(rb"[A-Za-z0-9_-]{1,64}")


class CorrelationMiddleware:
    """Takes the client's id if it is harmless, or makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request within its correlation id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(HEADER, b"")
        with correlation(given.decode() if _GIVEN.fullmatch(given) else None) as correlation_id:
            has_begun = False

            async def send_with_id(message: Message) -> None:
                nonlocal has_begun
                if message["type"] == "http.response.start":
                    has_begun = True
                    message["headers"] = [*message["headers"], (HEADER, correlation_id.encode())]
                await send(message)

            try:
                await self._app(scope, receive, send_with_id)
            except Exception as error:
                noted(scope["app"].state.services, _route(scope), scope["path"], error)
                if has_begun:
                    raise  # Half an answer is sent; the server ends the connection, which tells the client.
                await unexpected()(scope, receive, send_with_id)


def _route(scope: Scope) -> str:
    """Return the route's path with the names of its parameters, so that one mistake is one error for all guilds."""
    route = scope.get("route")
    return str(getattr(route, "path", scope["path"]))
