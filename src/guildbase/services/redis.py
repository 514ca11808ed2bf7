"""The connection to Redis or Valkey, which a process has if GUILDBASE_REDIS_URL is set.

Redis holds copies and passes messages on; the truth is in the database. So a Redis that is down or hangs must cost
next to nothing: the first call that fails closes the way for all others, which then raise `RedisAway` at once, and a
task in the background finds out when it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import structlog

from guildbase.core.errors import ConfigurationError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from guildbase.services.container import BotServices

log = structlog.get_logger(__name__)

T = TypeVar("T")

RedisState = Literal["ok", "degraded", "not_used"]

TIMEOUT = 0.25
"""Seconds that a call may take, unless said otherwise. What Redis does for us takes well under a millisecond."""
CONNECTIONS = 20
PROBE_PAUSE = 0.25  # seconds between two looks whether it is back


class RedisAway(Exception):
    """Redis cannot be used now; whoever asked does without it."""


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """What an operator may want to know of the server."""

    server: str
    """Name and version."""
    latency: float
    """Seconds."""
    drops_nothing: bool
    """Whether it refuses writes when its memory is full."""


class RedisConnection:
    """Calls Redis, and knows whether it can be called."""

    def __init__(self, url: str, namespace: str = "guildbase", *, timeout: float = TIMEOUT) -> None:
        self.url = url
        self.namespace = namespace
        self.timeout = timeout
        self.is_available = True
        self.failures = 0
        """Times that it was found away since the process began."""
        self._returns: list[Callable[[], None]] = []
        self._probe: asyncio.Task[None] | None = None
        self._is_closed = False
        self._client: Redis | None = None

    @property
    def client(self) -> Redis:
        """The library's client, for what `run` does not cover; its calls raise the library's errors."""
        if self._client is None:
            self._client = self.new_client(socket_timeout=self.timeout)
        return self._client

    def new_client(self, **options: Any) -> Redis:
        """Return another client of the same server, such as one that waits for messages; the caller closes it.

        Raises:
            ConfigurationError: the URL is wrong.
        """
        # Imported at the first use: most bots have no Redis, and the library costs a third of a second.
        from redis.asyncio import BlockingConnectionPool, Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        common: dict[str, Any] = {
            "retry": Retry(NoBackoff(), 0),  # The library's own retries take seconds before they say no.
            "socket_connect_timeout": self.timeout,
            "health_check_interval": 15,
            "max_connections": CONNECTIONS,
            "timeout": self.timeout,
        }
        try:
            pool = BlockingConnectionPool.from_url(self.url, **common | options)
        except ValueError:
            # Its text may quote a part of the password, such as what follows a colon and is no port.
            raise ConfigurationError(
                "GUILDBASE_REDIS_URL is no address.",
                hint="Use redis://HOST:6379/0 (rediss:// with TLS); in a password / is written %2F, # %23 and ? %3F.",
            ) from None
        return Redis.from_pool(pool)

    def key(self, *parts: object) -> str:
        """Return a key of ours, such as `guildbase:cache:guild:42`."""
        return ":".join((self.namespace, *map(str, parts)))

    async def run(self, action: Callable[[Redis], Awaitable[T]]) -> T:
        """Do the action with the client.

        Raises:
            RedisAway: Redis is down, hangs or is busy loading; nobody knows whether the action was done.
        """
        from redis import exceptions

        if not self.is_available:
            raise RedisAway
        task = asyncio.current_task()
        cancels = task.cancelling() if task else 0
        try:
            return await action(self.client)
        except (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.ReadOnlyError, OSError) as error:
            self._lost(error)
            raise RedisAway from error
        finally:
            if task and task.cancelling() > cancels:
                # `asyncio.wait_for`, which the library uses, loses a cancellation that comes as the reply does.
                raise asyncio.CancelledError

    def on_return(self, action: Callable[[], None]) -> None:
        """Do the quick action whenever Redis is back after it was away."""
        self._returns.append(action)

    async def state(self) -> Literal["ok", "degraded"]:
        """Tell whether Redis answers; while it is away everything goes on from the database."""
        from redis.exceptions import ResponseError

        try:
            await self.ping()
        except (RedisAway, ResponseError):  # The latter if it is busy with a script, cannot save, or forbids it.
            return "degraded"
        return "ok"

    async def ping(self) -> None:
        """Return when Redis answers; raise RedisAway when it does not."""
        await self.run(lambda client: client.ping())

    async def facts(self) -> RedisFacts:
        """Return what the operator may want to know of the server.

        Raises:
            ConfigurationError: the server cannot be reached, or lets nobody in with these words.
        """
        from redis.exceptions import ResponseError

        began = time.perf_counter()
        try:
            await self.ping()
            latency = time.perf_counter() - began
            info = await self.run(lambda client: client.info())
        except (RedisAway, ResponseError) as error:
            # The library's text may quote the address, which has the password.
            reason = type(error.__cause__ or error).__name__
            raise ConfigurationError(
                f"Redis cannot be used: {reason}.",
                hint="Start it, or correct GUILDBASE_REDIS_URL; the bot goes on without it, a little slower.",
            ) from None
        name = info.get("server_name", "redis")
        version = info.get(f"{name}_version", info.get("redis_version"))
        drops_nothing = bool(info.get("maxmemory")) and info.get("maxmemory_policy") == "noeviction"
        return RedisFacts(f"{name} {version}", latency, drops_nothing)

    async def close(self) -> None:
        """Close the connections."""
        # A cancellation may get lost in the library's time-outs; then the probe ends by this.
        self._is_closed = True
        if self._probe is not None:
            self._probe.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probe
        if self._client is not None:
            await self._client.aclose()

    def _lost(self, error: BaseException) -> None:
        if not self.is_available:
            return
        self.is_available = False
        self.failures += 1
        log.warning("redis_away", reason=f"{type(error).__name__}: {error}")
        if not self._is_closed:
            self._probe = asyncio.create_task(self._until_back(), name="redis-probe")

    async def _until_back(self) -> None:
        while not self._is_closed:
            await asyncio.sleep(PROBE_PAUSE)
            try:
                # A write that needs no memory: a read-only replica answers a ping, and is no use.
                await self.client.delete(self.key("probe"))
            except Exception as error:
                log.debug("redis_still_away", reason=type(error).__name__)
                continue
            self.is_available = True
            log.info("redis_back")
            for action in self._returns:
                try:
                    action()
                except Exception:
                    log.exception("redis_return_failed")
            return


async def redis_state(services: BotServices) -> RedisState:
    """Tell how Redis does, or that this process has none."""
    return await services.get(RedisConnection).state() if services.has(RedisConnection) else "not_used"
