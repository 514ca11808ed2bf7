"""The HTTP side of the API: authorization, limits and body parsing before a handler, errors and headers after it."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from urllib.parse import unquote

import orjson
from aiohttp import BodyPartReader, web

from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.settings import advertised_gateway
from guildbase.simulator.rest import (
    announcements,
    application_emojis,
    applications,
    audit_log,
    automod,
    bans,
    channels,
    command_permissions,
    commands,
    emojis,
    entitlements,
    event_exceptions,
    guild_channels,
    guild_settings,
    integrations,
    interactions,
    invite_targets,
    invites,
    join_requests,
    member_changes,
    member_roles,
    members,
    message_search,
    messages,
    oauth2,
    people_only,
    pins,
    polls,
    prune,
    reactions,
    roles,
    scheduled_events,
    soundboard,
    stages,
    stickers,
    templates,
    thread_lists,
    thread_members,
    threads,
    users,
    voice,
    webhook_messages,
    webhooks,
    welcome,
    widget,
)
from guildbase.simulator.rest.authorization import authorize
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.rate_limits import RateLimited, RateLimiter
from guildbase.simulator.rest.router import Route, Router, major_parameter
from guildbase.simulator.stats import Stats, without_tokens
from guildbase.simulator.world.entities import Attachment, Image
from guildbase.simulator.world.state import World

TABLES = [
    it.routes
    for it in (
        audit_log, automod, emojis, event_exceptions, guild_settings, integrations, join_requests,
        message_search, people_only, prune, scheduled_events, soundboard, stickers, templates, welcome, widget,
        users, announcements, guild_channels, channels, threads, thread_members, thread_lists, pins, invites,
        invite_targets, stages, voice, webhook_messages, messages, polls, reactions,
        application_emojis, applications, command_permissions, entitlements, oauth2,
        members, member_changes, member_roles, bans, roles, commands, interactions, webhooks
    )
]  # fmt: skip
_log = logging.getLogger(__name__)
_FILE_FIELD = re.compile(r"files?(?:\[(\d{1,3})\])?")
# discord.py takes a 429 without this header for a ban by the firewall and gives up.
_VIA = {"Via": "1.1 simulator"}


class RestServer:
    """Answers API requests. Handlers run without awaiting, so each request changes the world atomically."""

    def __init__(self, world: World, hub: Hub, stats: Stats, limiter: RateLimiter) -> None:
        self._world = world
        self._hub = hub
        self._stats = stats
        self._limiter = limiter
        self._router = Router(TABLES)

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """Answer one request, whose path is given without the `/api/v10` in front."""
        headers = dict(_VIA)
        try:
            route, parameters = self._find(request, path)
            self._stats.requests[route.name] += 1
            authorization = request.headers.get("Authorization", "")
            grant = None if route.open else authorize(self._world, route, authorization)
            headers |= self._limiter.count(route.name, major_parameter(parameters), exempt=route.open)
            call = await self._call(request, parameters)
            if grant is not None:
                call.grant, call.actor = grant, self._world.user(grant.user_id)
            answer = route.handler(call)
        except RateLimited as limited:
            self._stats.rate_limited += 1
            return _json(limited.status, limited.body(), headers | limited.headers)
        except DiscordError as error:
            self._stats.refuse(request.method, path, error)
            return _json(error.status, error.body(), headers)
        except Exception:
            # A fault of the simulator must not look like one of the bot, so it is counted and told as Discord would.
            self._stats.crashes += 1
            _log.exception(without_tokens(request.method, path))
            return _json(500, {"message": "500: Internal Server Error", "code": 0}, headers)
        if answer is None:
            return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)
        if isinstance(answer, Image):
            return web.Response(body=answer.data, headers=headers | {"Content-Type": answer.content_type})
        return _json(route.status, answer, headers)

    def name_of(self, method: str, path: str) -> str:
        """Return the name of the route a request goes to, or method and path if there is none."""
        try:
            return self._router.find(method, path)[0].name
        except DiscordError:
            return f"{method} {path}"

    def _find(self, request: web.Request, path: str) -> tuple[Route, dict[str, str]]:
        try:
            return self._router.find(request.method, path)
        except DiscordError:
            self._stats.miss(request.method, path)
            raise

    async def _call(self, request: web.Request, parameters: dict[str, str]) -> Call:
        reason = request.headers.get("X-Audit-Log-Reason")
        call = Call(
            self._world,
            self._hub,
            advertised_gateway(request),
            parameters,
            request.query,
            reason=None if reason is None else unquote(reason),
            authorization=request.headers.get("Authorization", ""),
        )
        try:
            await self._read_body(request, call)
        except web.HTTPRequestEntityTooLarge:
            raise DiscordError(413, 40005, "Request entity too large") from None
        return call

    async def _read_body(self, request: web.Request, call: Call) -> None:
        if request.content_type.startswith("multipart/"):
            try:
                await self._read_parts(request, call)
            except (ValueError, LookupError, RuntimeError, AssertionError):
                # These are what the reader of multipart bodies raises, not a fault of the simulator.
                raise DiscordError(400, 50035, "Invalid Form Body") from None
        elif request.content_type == "application/x-www-form-urlencoded":
            call.body = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
            call.is_form = True
        elif raw := await request.read():
            call.body = _parse(raw)

    async def _read_parts(self, request: web.Request, call: Call) -> None:
        reader = await request.multipart()
        fields: Json = {}
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read(decode=True))
            if part.name == "payload_json":
                call.body = _parse(data)
            elif part.name is not None and (found := _FILE_FIELD.fullmatch(part.name)):
                call.files[int(found[1] or 0)] = Attachment(
                    self._world.new_id(),
                    part.filename or "file",
                    part.headers.get("Content-Type", "application/octet-stream"),
                    data,
                )
            elif part.name is not None:
                fields[part.name] = data.decode(errors="replace")
        if fields and call.body is None:
            call.body = fields


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
