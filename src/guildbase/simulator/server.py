"""A Discord that runs here: one listener for the API, the gateway and the control plane, and the script's way in."""

from __future__ import annotations

import base64
import errno
from datetime import timedelta
from types import TracebackType
from typing import Self

from aiohttp import web

from guildbase.core.snowflake import shard_of
from guildbase.simulator.control.feed import Feed
from guildbase.simulator.control.server import ControlServer
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.server import GatewayServer, GatewaySettings, Op
from guildbase.simulator.people.errors import SimulatorError
from guildbase.simulator.people.guild import ScriptedGuild
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.rate_limits import RateLimiter, RateLimits
from guildbase.simulator.rest.server import RestServer
from guildbase.simulator.stats import Stats
from guildbase.simulator.world import channels, guilds
from guildbase.simulator.world.entities import ALL_PRIVILEGED, Application, ApplicationFlag, Guild, User
from guildbase.simulator.world.state import World

BOT_ID = 1_100_000_000_000_000_001
_LARGEST_UPLOAD = 32 << 20


class PortTaken(SimulatorError, OSError):
    """Another program listens on the wanted port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken: use another one (--port) or stop the program that listens on it")
        self.port = port


class Simulator:
    """A local Discord for one bot. Use it as an async context manager, or call `start` and `stop`."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        shards: int = 1,
        flags: ApplicationFlag = ALL_PRIVILEGED,
        gateway: GatewaySettings | None = None,
        limits: RateLimits | None = None,
        answer_within: float = 3.0,
    ) -> None:
        bot = User(BOT_ID, "guildbase", global_name="Guildbase", bot=True)
        token = token or base64.b64encode(str(BOT_ID).encode()).decode().rstrip("=") + ".local.simulator"
        self.host = host
        self.port = port
        self.world = World(Application(BOT_ID, "Guildbase", token, owner_id=0, flags=flags), bot)
        self.world.application.owner_id = guilds.create_user(self.world, "developer").id
        self.world.recommended_shards = shards
        self.world.answer_within = answer_within
        self.stats = Stats()
        settings = gateway or GatewaySettings()
        self.hub = Hub(
            self.world,
            max_concurrency=settings.max_concurrency,
            identify_interval=settings.identify_interval,
            session_seconds=settings.session_seconds,
        )
        self.limiter = RateLimiter(limits or RateLimits(), self.world.clock)
        self.feed = Feed(self.world)
        self._gateway = GatewayServer(self.world, self.hub, self.stats, settings)
        self._rest = RestServer(self.world, self.hub, self.stats, self.limiter)
        self._control = ControlServer(self)
        self._runner: web.AppRunner | None = None
        self.scene = Scene(self.world, self.hub)
        self._guilds: dict[int, ScriptedGuild] = {}

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.world.application.token

    @property
    def application_id(self) -> int:
        """The application's id."""
        return self.world.application.id

    @property
    def bot_user_id(self) -> int:
        """The bot's user id."""
        return self.world.bot.id

    @property
    def base_url(self) -> str:
        """The base of the REST API, for `discord.http.Route.BASE`."""
        return f"http://{self.host}:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        """The gateway, for `DiscordWebSocket.DEFAULT_GATEWAY`."""
        return f"ws://{self.host}:{self.port}/"

    @property
    def control_url(self) -> str:
        """The control API, by which other processes steer the simulator."""
        return f"http://{self.host}:{self.port}/_sim"

    @property
    def cdn_url(self) -> str:
        """Where uploaded files are served."""
        return f"http://{self.host}:{self.port}/cdn"

    async def start(self) -> None:
        """Listen; with port 0 a free port is chosen. Raise PortTaken if another program has it."""
        app = web.Application(client_max_size=_LARGEST_UPLOAD)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError as error:
            await self.stop()
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(self.port) from None
            raise
        self.port = self._runner.addresses[0][1]
        self.world.clock.start()
        self._gateway.url = self._rest.gateway_url = self.gateway_url
        self.world.cdn_url = self.cdn_url

    async def stop(self) -> None:
        """Cut all connections and stop listening."""
        self.world.clock.stop()
        runner, self._runner = self._runner, None
        if runner is not None:
            for session in self.hub.sessions():
                if session.connection is not None:
                    session.connection.cut()
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path == "/" and request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._gateway.accept(request)
        for prefix in ("/api/v10", "/api"):
            if path.startswith(f"{prefix}/"):
                return await self._rest.handle(request, path.removeprefix(prefix))
        if path.startswith("/_sim/"):
            return await self._control.handle(request, path.removeprefix("/_sim"))
        if path.startswith("/cdn/attachments/"):
            return self._attachment(path)
        return web.json_response({"message": "404: Not Found", "code": 0}, status=404)

    def _attachment(self, path: str) -> web.Response:
        wanted = path.split("/")[3]
        found = self.world.attachments.get(int(wanted)) if wanted.isdigit() else None
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found.data, headers={"Content-Type": found.content_type})

    def guild(
        self, name: str, *, shard: int | None = None, bot_permissions: int | None = int(Permission.ADMINISTRATOR)
    ) -> ScriptedGuild:
        """Return the guild of that name; it is founded on first use, with the bot in it.

        `shard` picks an id that lands there; `bot_permissions` of None leaves the bot out.
        """
        known = next((it for it in self.world.guilds.values() if it.name == name), None)
        if known is None:
            known = self._found(name, shard)
            if bot_permissions is not None:
                guilds.bot_joins(self.world, known, granted=int(bot_permissions))
        return self._guilds.setdefault(known.id, ScriptedGuild(self.scene, known))

    def _found(self, name: str, shard: int | None) -> Guild:
        guild_id = self.world.old_id()
        while shard is not None and shard_of(guild_id, self.world.recommended_shards) != shard:
            guild_id += 1 << 22
        owner = self.scene.account("owner")
        guild = guilds.create_guild(self.world, name, owner, guild_id=guild_id)
        for channel in ("general", "mod-log"):
            channels.create(self.world, guild, channel)
        return guild

    def advance(self, by: timedelta | float) -> None:
        """Put Discord's clock forward (by seconds, if a number): time-outs end, tokens expire, polls close."""
        self.world.clock.advance(by)

    async def until_connected(self, *, timeout: float = 10.0) -> None:
        """Wait until every guild the bot is in has a session that hears of it; raise NotConnected."""
        await self.scene.bot_connected(None, timeout=timeout)
        for guild in self.world.guilds.values():
            if self.world.bot.id in guild.members:
                await self.scene.bot_connected(guild.id, timeout=timeout)

    async def drop_gateway(self, shard: int | None = None, *, code: int | None = None) -> int:
        """Cut the sockets of one shard or of all, or close them with a code; return how many there were."""
        count = 0
        for session in self.hub.sessions(shard):
            if session.connection is None:
                continue
            count += 1
            if code is None:
                session.connection.cut()
            else:
                await session.connection.close(code, "")
        return count

    async def reconnect(self, shard: int | None = None) -> int:
        """Ask one shard or all to reconnect (op 7); return how many were asked."""
        return self._send_op(Op.RECONNECT, None, shard)

    async def invalidate(self, *, resumable: bool, shard: int | None = None) -> int:
        """Declare sessions invalid (op 9); those that are not resumable end. Return how many there were."""
        sessions = list(self.hub.sessions(shard))
        count = self._send_op(Op.INVALID_SESSION, resumable, shard)
        if not resumable:
            for session in sessions:
                self.hub.forget(session)
        return count

    def _send_op(self, op: Op, data: bool | None, shard: int | None) -> int:
        sessions = list(self.hub.sessions(shard))
        for session in sessions:
            if session.connection is not None:
                session.connection.send_op(op, data)
        return len(sessions)
