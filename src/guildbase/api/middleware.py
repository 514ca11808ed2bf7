"""What every request passes: a correlation id, an answer whatever goes wrong, and a limit for its body."""

from __future__ import annotations

import re

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from guildbase.api.errors import noted, unexpected
from guildbase.core.logging import correlation

HEADER = b"x-correlation-id"
MAX_BODY = 256 * 1024
"""Bytes that a request may bring."""
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
                    noted_headers = scope.get("state", {}).get("headers", ())
                    message["headers"] = [*message["headers"], (HEADER, correlation_id.encode()), *noted_headers]
                await send(message)

            try:
                await self._app(scope, receive, send_with_id)
            except Exception as error:
                noted(scope["app"].state.services, _route(scope), scope["path"], error)
                if has_begun:
                    raise  # Half an answer is sent; the server ends the connection, which tells the client.
                await unexpected()(scope, receive, send_with_id)


class BodyLimitMiddleware:
    """Ends a request that brings too much, before it fills the memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, which learns of the limit where it reads its body."""
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY:
                raise HTTPException(413, f"The request has more than {MAX_BODY // 1024} KiB.")
            return message

        await self._app(scope, limited if scope["type"] == "http" else receive, send)


def _route(scope: Scope) -> str:
    """Return the route's path with the names of its parameters, so that one mistake is one error for all guilds."""
    route = scope.get("route")
    return str(getattr(route, "path", scope["path"]))
