"""Which part of the simulator answers a request: all of Discord is on one port here, told apart by path."""

from __future__ import annotations

import logging
import re

import orjson
from aiohttp import web

from guildbase.core.snowflake import read_snowflake
from guildbase.simulator import cdn
from guildbase.simulator.browsers import is_from_a_strangers_page
from guildbase.simulator.chat.server import ChatServer
from guildbase.simulator.consent.server import ConsentServer
from guildbase.simulator.control.server import ControlServer
from guildbase.simulator.faults import Faults
from guildbase.simulator.gateway.server import GatewayServer
from guildbase.simulator.gateway.settings import advertised_gateway
from guildbase.simulator.rest.server import RestServer
from guildbase.simulator.stats import Stats, without_tokens
from guildbase.simulator.world.entities import Attachment, Image
from guildbase.simulator.world.state import World

_log = logging.getLogger(__name__)
_CDN_HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
_CONSENT = re.compile(r"(/api(/v10)?)?/oauth2/authorize")
_API = re.compile(r"/api(?:/v(\d+))?(/.*)")

# Whatever somebody uploads is served by the same host as the chat page, and must not act in its name.
_UPLOADED = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}


class Listener:
    """Answers every request that arrives."""

    def __init__(
        self,
        host: str,
        world: World,
        stats: Stats,
        faults: Faults,
        gateway: GatewayServer,
        rest: RestServer,
        consent: ConsentServer,
        control: ControlServer,
        chat: ChatServer,
    ) -> None:
        self._host = host
        self._world = world
        self._stats = stats
        self._faults = faults
        self._gateway = gateway
        self._rest = rest
        self._consent = consent
        self._control = control
        self._chat = chat

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; an error of the simulator's own is counted and told as Discord would."""
        try:
            return await self._handle(request, _path(request))
        except web.HTTPException:
            raise
        except Exception:
            self._stats.crashes += 1
            _log.exception(without_tokens(request.method, request.path))
            return _refusal(500, 0, "500: Internal Server Error")

    async def close(self) -> None:
        """End what would keep a connection open."""
        await self._chat.close()

    async def _handle(self, request: web.Request, path: str) -> web.StreamResponse:
        if not path.strip("/") and request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._gateway.accept(request, advertised_gateway(request))
        if path.startswith("/cdn/"):
            return self._file(path.removeprefix("/cdn/"))
        api = _API.fullmatch(path)
        if api is not None and not _CONSENT.fullmatch(path):
            return await self._answer_api(request, *api.groups())
        if is_from_a_strangers_page(request, self._host):
            return web.Response(status=403, text="Come by the address that the simulator printed.")
        return await self._answer_people(request, path)

    async def _answer_people(self, request: web.Request, path: str) -> web.StreamResponse:
        """Answer what needs no token, because whoever sits at this machine may do it."""
        if path == "/" or path.startswith("/chat/"):
            return await self._chat.handle(request, path.removeprefix("/").removeprefix("chat/"))
        if _CONSENT.fullmatch(path):
            return await self._consent.handle(request)
        if path.startswith("/_sim/"):
            return await self._control.handle(request, path.removeprefix("/_sim"))
        return _refusal(404, 0, "404: Not Found")

    async def _answer_api(self, request: web.Request, version: str | None, path: str) -> web.StreamResponse:
        if version not in (None, "10"):
            return _refusal(400, 50041, "Invalid API version")
        return await self._faults.around(
            request,
            lambda: (self._rest.name_of(request.method, path), f"{request.method} {path}"),
            lambda: self._rest.handle(request, path),
        )

    def _file(self, path: str) -> web.Response:
        found: Attachment | Image | None
        kind, _, rest = path.partition("/")
        if kind == "attachments":
            found = self._world.attachments.get(read_snowflake(rest.split("/")[0]) or 0)
        else:
            found = cdn.find(self._world, path)
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found.data, headers=_UPLOADED | {"Content-Type": found.content_type})


def _path(request: web.Request) -> str:
    """Return the path; what Discord serves by hosts of its own is found under a prefix here."""
    path = request.rel_url.raw_path
    return f"/cdn{path}" if request.host in _CDN_HOSTS else path


def _refusal(status: int, code: int, message: str) -> web.Response:
    response = web.Response(status=status, body=orjson.dumps({"message": message, "code": code}))
    # Clients compare the content type with exactly this text, so no charset may be added.
    response.headers["Content-Type"] = "application/json"
    return response
