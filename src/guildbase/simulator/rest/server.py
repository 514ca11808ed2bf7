"""The HTTP side of the API: authorization, limits and body parsing before a handler, errors and headers after it."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import unquote

import orjson
from aiohttp import BodyPartReader, web

from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.rest import (
    bans,
    channels,
    commands,
    guilds,
    interactions,
    members,
    messages,
    reactions,
    roles,
    users,
    webhooks,
)
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.rate_limits import RateLimited, RateLimiter
from guildbase.simulator.rest.router import Route, Router, major_parameter
from guildbase.simulator.stats import Stats
from guildbase.simulator.world.entities import Attachment
from guildbase.simulator.world.state import World

_TABLES = [
    it.routes
    for it in (
        users, guilds, channels, messages, reactions, members, bans, roles, commands, interactions, webhooks
    )
]  # fmt: skip
# discord.py takes a 429 without this header for a ban by the firewall and gives up.
_VIA = {"Via": "1.1 simulator"}


class RestServer:
    """Answers API requests. Handlers run without awaiting, so each request changes the world atomically."""

    def __init__(self, world: World, hub: Hub, stats: Stats, limiter: RateLimiter) -> None:
        self._world = world
        self._hub = hub
        self._stats = stats
        self._limiter = limiter
        self._router = Router(_TABLES)
        self.gateway_url = ""

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """Answer one request, whose path is given without the `/api/v10` in front."""
        headers = dict(_VIA)
        try:
            route, parameters = self._find(request, path)
            self._stats.requests[route.name] += 1
            if not route.open:
                self._authorize(request)
            headers |= self._limiter.count(route.name, major_parameter(parameters), exempt=route.open)
            call = await self._call(request, parameters)
            answer = route.handler(call)
        except RateLimited as limited:
            self._stats.rate_limited += 1
            return _json(limited.status, limited.body(), headers | limited.headers)
        except DiscordError as error:
            return _json(error.status, error.body(), headers)
        if answer is None:
            return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)
        return _json(route.status, answer, headers)

    def _find(self, request: web.Request, path: str) -> tuple[Route, dict[str, str]]:
        try:
            return self._router.find(request.method, path)
        except DiscordError:
            self._stats.unknown_routes[f"{request.method} {path}"] += 1
            raise

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self._world.application.token}":
            raise DiscordError(401, 0, "401: Unauthorized")

    async def _call(self, request: web.Request, parameters: dict[str, str]) -> Call:
        reason = request.headers.get("X-Audit-Log-Reason")
        call = Call(
            self._world,
            self._hub,
            self.gateway_url,
            parameters,
            request.query,
            reason=None if reason is None else unquote(reason),
        )
        if request.content_type.startswith("multipart/"):
            await self._read_parts(request, call)
        elif raw := await request.read():
            call.body = _parse(raw)
        return call

    async def _read_parts(self, request: web.Request, call: Call) -> None:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read(decode=True))
            if part.name == "payload_json":
                call.body = _parse(data)
            elif part.name is not None and part.name.startswith("files["):
                call.files[int(part.name[6:-1])] = Attachment(
                    self._world.new_id(),
                    part.filename or "file",
                    part.headers.get("Content-Type", "application/octet-stream"),
                    data,
                )


def _parse(raw: bytes) -> object:
    try:
        parsed: object = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise DiscordError(400, 50109, "The request body contains invalid JSON.") from None
    return parsed


def _json(status: int, body: Json | list[Json], headers: dict[str, str]) -> web.Response:
    # Clients compare the content type with exactly this text, so no charset may be added.
    response = web.Response(status=status, body=orjson.dumps(body), headers=headers)
    response.headers["Content-Type"] = "application/json"
    return response
