"""What every request passes: a correlation id, a line in the log, an answer whatever goes wrong, headers and limits."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import cast

import structlog
from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from guildbase.api.errors import noted, refusal, unexpected
from guildbase.api.language import language_of
from guildbase.api.limits import address_of
from guildbase.core.errors import RateLimited
from guildbase.core.i18n import speaking
from guildbase.core.logging import correlation
from guildbase.core.ports import Caller
from guildbase.services.container import BotServices
from guildbase.services.rate_limits import API_ADDRESSES, RateLimits

HEADER = b"x-correlation-id"
LANGUAGE = b"accept-language"
API_PATH = "/api/"
MAX_BODY = 256 * 1024
"""Bytes that a request may bring."""
MAX_IMPORT = 1024 * 1024
"""Bytes that one may bring which imports a server."""
SAFE_ANSWER = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""For answers that are data: nothing runs, frames or keeps them. A route's own header of the same name counts."""
_SAFE_NAMES = frozenset(name for name, _value in SAFE_ANSWER)
_HEALTH = "/api/v1/health"
_IMPORT = re.compile(r"/api/v1/guilds/[0-9]+/import")
# Whole paths: the last part of one may be a name that somebody chose.
_GIVEN = re.compile(rb"[A-Za-z0-9_-]{1,64}")


class AnswerMiddleware:
    """Gives the request an id, sees that it gets an answer with all headers, and writes down what became of it.

    The id is the client's own if that is harmless.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = structlog.get_logger(__name__).bind()  # Once, because it takes longer than a line does.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, is_data = time.perf_counter(), 0, scope["path"].startswith(API_PATH)
        given = _header(scope, HEADER)
        with correlation(given.decode() if given and _GIVEN.fullmatch(given) else None) as correlation_id:

            async def send_with_headers(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status, own = message["status"], message["headers"]
                    noted_headers = scope.get("state", {}).get("headers", ())
                    answered = with_safe_headers(own) if is_data else own
                    message["headers"] = [*answered, (HEADER, correlation_id.encode()), *noted_headers]
                await send(message)

            try:
                await self._app(scope, receive, send_with_headers)
            except Exception as error:
                noted(scope["app"].state.services, route_of(scope), scope["path"], error)
                if status:
                    raise  # Half an answer is sent; the server ends the connection, which tells the client.
                await unexpected()(scope, receive, send_with_headers)
            finally:
                if is_data:
                    self._write_down(scope, status, time.perf_counter() - begun)

    def _write_down(self, scope: Scope, status: int, seconds: float) -> None:
        """Log the request: with its route and without its query, which may hold what is nobody's business."""
        caller: Caller | None = scope.get("state", {}).get("caller")
        guild_id = scope.get("path_params", {}).get("guild_id", "")
        self._log.info(
            "request",
            method=scope["method"],
            route=route_of(scope),
            status=status,
            ms=round(seconds * 1000, 1),
            guild_id=guild_id if guild_id.isdecimal() else None,
            caller=_kind(caller),
            caller_id=(caller.user_id or caller.key_id) if caller else None,
        )


class EntranceMiddleware:
    """Lets a request in: in its language, if its address does not ask too often, and with a limit to what it brings.

    The address is looked at before anything is done for it; machines may ask for health.
    """

    def __init__(self, app: ASGIApp, services: BotServices) -> None:
        self._app = app
        self._limits = services.get(RateLimits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        with speaking(language_of(_header(scope, LANGUAGE))):
            if path.startswith(API_PATH) and not _is_health(path):
                try:
                    await self._limits.hit(API_ADDRESSES, address_of(scope))
                except RateLimited as error:
                    await refusal(error)(scope, receive, send)
                    return
            await self._app(scope, _limited(receive, MAX_IMPORT if _IMPORT.fullmatch(path) else MAX_BODY), send)


def _limited(receive: Receive, most: int) -> Receive:
    """Return what ends a request that brings too much where its body is read, before it fills the memory."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise HTTPException(413, f"The request has more than {most // 1024} KiB.")
        return message

    return limited


def with_safe_headers(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with those of a safe answer that are not among them."""
    own = {name for name, _value in headers}
    if own.isdisjoint(_SAFE_NAMES):
        return [*headers, *SAFE_ANSWER]
    return [*headers, *(header for header in SAFE_ANSWER if header[0] not in own)]


def route_of(scope: Scope) -> str:
    """Return the route's path with the names of its parameters, so that one mistake is one error for all guilds."""
    route = scope.get("route")
    return str(getattr(route, "path", scope["path"]))


def _is_health(path: str) -> bool:
    return path == _HEALTH or path.startswith(f"{_HEALTH}/")


def _kind(caller: Caller | None) -> str:
    if caller is None:
        return "nobody"
    if caller.is_system:
        return "operator"
    return "person" if caller.user_id is not None else "program"


def _header(scope: Scope, wanted: bytes) -> bytes:
    for name, value in scope["headers"]:
        if name == wanted:
            return cast("bytes", value)
    return b""
