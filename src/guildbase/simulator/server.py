"""A Discord that runs here: one listener for the API, the gateway and the control plane, and the script's way in."""

from __future__ import annotations

import base64
import errno
import secrets
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import TCPConnector, web

from guildbase.core.snowflake import shard_of
from guildbase.simulator.chat.server import ChatServer
from guildbase.simulator.consent.server import ConsentServer
from guildbase.simulator.control.feed import Feed
from guildbase.simulator.control.server import ControlServer
from guildbase.simulator.faults import Faults
from guildbase.simulator.gateway import disturbances
from guildbase.simulator.gateway.frames import Op
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.server import GatewayServer
from guildbase.simulator.gateway.settings import GatewaySettings
from guildbase.simulator.listener import Listener
from guildbase.simulator.people.errors import SimulatorError
from guildbase.simulator.people.guild import ScriptedGuild
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.rate_limits import RateLimiter, RateLimits
from guildbase.simulator.rest.server import RestServer
from guildbase.simulator.stats import Stats
from guildbase.simulator.tls import Certificates, connector
from guildbase.simulator.world import channels, guilds, outages, snapshot
from guildbase.simulator.world.entities import ALL_PRIVILEGED, Application, ApplicationFlag, Guild, User
from guildbase.simulator.world.state import World

BOT_ID = 1_100_000_000_000_000_001
_LARGEST_UPLOAD = 32 << 20


class CannotListen(SimulatorError, OSError):
    """The wanted address is not one of this machine, or may not be used."""


class PortTaken(CannotListen):
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
        tls: bool = False,
        tls_dir: Path | None = None,
        redirect_uris: Sequence[str] = (),
    ) -> None:
        bot = User(BOT_ID, "guildbase", global_name="Guildbase", bot=True)
        token = token or base64.b64encode(str(BOT_ID).encode()).decode().rstrip("=") + ".local.simulator"
        self.host = host
        self.port = port
        self.world = World(Application(BOT_ID, "Guildbase", token, owner_id=0, flags=flags), bot)
        self.world.application.owner_id = guilds.create_user(self.world, "developer").id
        self.world.application.secret = secrets.token_urlsafe(24)
        self.world.application.redirect_uris = list(redirect_uris)
        self.world.recommended_shards = shards
        self.world.answer_within = answer_within
        self.stats = Stats()
        settings = gateway or GatewaySettings()
        self.hub = Hub(self.world, settings)
        self.faults = Faults(self.world, self.stats)
        self.limiter = RateLimiter(limits or RateLimits(), self.world.clock)
        self.feed = Feed(self.world)
        self._runner: web.AppRunner | None = None
        self._certificates = Certificates(host, tls_dir) if tls else None
        self.scene = Scene(self.world, self.hub, self.stats)
        self._guilds: dict[int, ScriptedGuild] = {}
        self._chat = ChatServer(self)
        self._listener = Listener(
            host,
            self.world,
            self.stats,
            self.faults,
            GatewayServer(self.world, self.hub, self.stats, self.faults.at_gateway, settings),
            RestServer(self.world, self.hub, self.stats, self.limiter),
            ConsentServer(self.world),
            ControlServer(self),
            self._chat,
        )

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.world.application.token

    @property
    def application_id(self) -> int:
        """The application's id."""
        return self.world.application.id

    @property
    def client_secret(self) -> str:
        """The application's secret, with which it exchanges OAuth2 codes; its client id is the application's id."""
        return self.world.application.secret

    @property
    def bot_user_id(self) -> int:
        """The bot's user id."""
        return self.world.bot.id

    @property
    def secured(self) -> bool:
        """Whether it listens by TLS."""
        return self._certificates is not None

    @property
    def _s(self) -> str:
        return "s" if self.secured else ""

    @property
    def base_url(self) -> str:
        """The base of the REST API, for `discord.http.Route.BASE`."""
        return f"http{self._s}://{self.host}:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        """The gateway, for `DiscordWebSocket.DEFAULT_GATEWAY`."""
        return f"ws{self._s}://{self.host}:{self.port}"

    @property
    def page_url(self) -> str:
        """The chat page, for a browser."""
        return f"http{self._s}://{self.host}:{self.port}/"

    @property
    def control_url(self) -> str:
        """The control API, by which other processes steer the simulator."""
        return f"http{self._s}://{self.host}:{self.port}/_sim"

    @property
    def cdn_url(self) -> str:
        """Where uploaded files are served."""
        return f"http{self._s}://{self.host}:{self.port}/cdn"

    @property
    def ca_file(self) -> Path:
        """The certificate that clients must trust; only with `tls=True`."""
        return self._trusted.ca_file

    def client_ssl(self) -> ssl.SSLContext:
        """Return a context that trusts this simulator alone; only with `tls=True`."""
        return self._trusted.client_side()

    def connector(self) -> TCPConnector:
        """Return a connector that finds discord.com and its other hosts here: `Bot(connector=...)` needs no more.

        Make it inside the event loop; only with `tls=True`.
        """
        return connector(self.host, self.port, self.client_ssl())

    @property
    def _trusted(self) -> Certificates:
        if self._certificates is None:
            raise SimulatorError("this simulator speaks no TLS: start it with tls=True (--tls)")
        return self._certificates

    async def start(self) -> None:
        """Listen; with port 0 a free port is chosen. Raise PortTaken if it is in use, or CannotListen."""
        app = web.Application(client_max_size=_LARGEST_UPLOAD)
        app.router.add_route("*", "/{path:.*}", self._listener.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            context = None if self._certificates is None else self._certificates.server_side()
            await web.TCPSite(self._runner, self.host, self.port, ssl_context=context).start()
        except OSError as error:
            await self.stop()
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(self.port) from None
            raise CannotListen(f"cannot listen on {self.host}:{self.port}: {error.strerror}") from error
        except AttributeError:
            # When another process begins to listen at the same moment, uvloop gives aiohttp a server without a socket.
            await self.stop()
            raise PortTaken(self.port) from None
        self.port = self._runner.addresses[0][1]
        self.world.clock.start()
        self.world.cdn_url = self.cdn_url

    async def stop(self) -> None:
        """Cut all connections and stop listening."""
        self.world.clock.stop()
        runner, self._runner = self._runner, None
        if runner is not None:
            self.hub.cut_all()
            await self._listener.close()
            await runner.cleanup()
        if self._certificates is not None:
            self._certificates.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

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
        if shard is not None and not 0 <= shard < self.world.recommended_shards:
            raise SimulatorError(f"no shard {shard}: there are {self.world.recommended_shards}, counted from 0")
        guild_id = self.world.old_id()
        while shard is not None and shard_of(guild_id, self.world.recommended_shards) != shard:
            guild_id += 1 << 22
        owner = self.scene.account("owner")
        guild = guilds.create_guild(self.world, name, owner, guild_id=guild_id)
        for channel in ("general", "mod-log"):
            channels.create(self.world, guild, channel)
        return guild

    def save(self, path: str | Path) -> None:
        """Write the whole world to a file. It holds the application's secrets, so only you may read it."""
        snapshot.save(self.world, Path(path))

    def load(self, path: str | Path) -> None:
        """Put the world of a file in the place of this one; raise WorldFileError and change nothing if it is none.

        Bots that are connected must identify anew, and what scripts got from the old world is of no more use.
        """
        snapshot.load(self.world, Path(path))
        self.enter_loaded_world()

    def enter_loaded_world(self) -> None:
        """Forget the guilds of the world before, and have every session begin again (op 9)."""
        self._guilds.clear()
        disturbances.invalidate(self.hub, None, resumable=False)
        self.hub.forget_all()
        self._chat.outdate()

    def advance(self, by: timedelta | float = 0.0, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Put Discord's clock forward (by seconds, if a number): time-outs end, tokens expire, polls close."""
        span = by if isinstance(by, timedelta) else timedelta(seconds=by)
        self.world.clock.advance(span + timedelta(days=days, hours=hours, minutes=minutes))

    async def until_connected(self, *, timeout: float = 10.0) -> None:
        """Wait until every guild the bot is in has a session that hears of it; raise NotConnected."""
        await self.scene.bot_connected(None, timeout=timeout)
        for guild in self.world.guilds.values():
            if self.world.bot.id in guild.members:
                await self.scene.bot_connected(guild.id, timeout=timeout)

    async def drop_gateway(self, shard: int | None = None, *, code: int | None = None) -> int:
        """Cut the sockets of one shard or of all, or close them with a code; return how many there were."""
        return await disturbances.drop(self.hub, shard, code)

    async def reconnect(self, shard: int | None = None) -> int:
        """Ask one shard or all to reconnect (op 7); return how many were asked."""
        return disturbances.tell(self.hub, Op.RECONNECT, None, shard)

    async def invalidate(self, *, resumable: bool, shard: int | None = None) -> int:
        """Declare sessions invalid (op 9); those that are not resumable end. Return how many there were."""
        return disturbances.invalidate(self.hub, shard, resumable=resumable)

    def silence_gateway(self, shard: int | None = None) -> int:
        """Make zombies of sockets: they stay open, but nothing comes any more. Return how many there were."""
        return disturbances.silence(self.hub, shard)

    def request_heartbeats(self, shard: int | None = None) -> int:
        """Ask clients for a heartbeat at once (op 1); return how many were asked."""
        return disturbances.tell(self.hub, Op.HEARTBEAT, None, shard)

    @contextmanager
    def outage(self, guild: ScriptedGuild) -> Iterator[None]:
        """Make the guild unavailable for as long as the block runs."""
        outages.begin(self.world, guild.guild)
        try:
            yield
        finally:
            outages.end(self.world, guild.guild)
