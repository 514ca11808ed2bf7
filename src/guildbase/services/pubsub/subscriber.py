"""The one connection of a process that hears Redis's channels, made anew whenever it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Set
from typing import TYPE_CHECKING, Any

import structlog

from guildbase.services.redis import RedisConnection

if TYPE_CHECKING:
    from redis.asyncio.client import PubSub as Connection

log = structlog.get_logger(__name__)

SILENCE = 1.0
"""Seconds without a message after which the server is asked whether it is there, and within which it must answer."""
RECONNECT_PAUSE = 0.25  # seconds


class Subscriber:
    """Hears the wanted channels and says which of them it hears now."""

    def __init__(
        self,
        redis: RedisConnection,
        *,
        wanted: Callable[[], Set[str]],
        receive: Callable[[str, bytes], None],
        changed: Callable[[], None],
    ) -> None:
        self._redis = redis
        self._wanted = wanted
        self._receive = receive
        self._changed = changed
        self._heard: set[str] | None = None
        self._is_told = False
        self._messages = 0
        self._wishes = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._heard is not None

    def hears(self, channels: Set[str]) -> bool:
        """Tell whether the server has confirmed all these channels on the present connection."""
        return self._heard is not None and channels <= self._heard

    def follow(self) -> None:
        """Take notice that other channels are wanted."""
        self._wishes.set()

    async def run(self) -> None:
        """Hear until cancelled, over as many connections as it takes."""
        from redis import exceptions

        while True:
            try:
                await self._hear_on_one_connection()
            except* (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as errors:
                self._tell(errors)
            await asyncio.sleep(RECONNECT_PAUSE)

    async def _hear_on_one_connection(self) -> None:
        # With a time-out of its own the library would use `wait_for`, which may lose a cancellation.
        client = self._redis.new_client(socket_timeout=None, health_check_interval=0)
        try:
            async with client.pubsub() as connection, asyncio.TaskGroup() as tasks:
                async with asyncio.timeout(self._redis.timeout):
                    await connection.connect()
                self._heard, self._is_told = set(), False
                self._changed()
                tasks.create_task(self._hear(connection))
                tasks.create_task(self._watch_silence(connection))
                tasks.create_task(self._follow_wishes(connection))
        finally:
            self._heard = None
            self._changed()
            await client.aclose()

    async def _hear(self, connection: Connection) -> None:
        while True:
            message = await connection.get_message(timeout=None)
            self._messages += 1
            self._take(message)

    async def _watch_silence(self, connection: Connection) -> None:
        # A socket whose other end is gone stays silent for ever, so silence is followed by a question.
        while True:
            before = self._messages
            await asyncio.sleep(SILENCE)
            if self._messages == before:
                await connection.ping()
                await asyncio.sleep(SILENCE)
                if self._messages == before:
                    raise TimeoutError("The server does not answer.")

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            self._receive(message["channel"].decode(), message["data"])
        elif message["type"] == "subscribe" and self._heard is not None:
            self._heard.add(message["channel"].decode())
            self._changed()

    async def _follow_wishes(self, connection: Connection) -> None:
        asked = frozenset[str]()
        while True:
            self._wishes.clear()
            wanted = frozenset(self._wanted())
            if less := asked - wanted:
                self._heard = (self._heard or set()) - less
                await connection.unsubscribe(*less)
            if more := wanted - asked:
                await connection.subscribe(*more)
            asked = wanted
            await self._wishes.wait()

    def _tell(self, errors: BaseException) -> None:
        # Told once for each time that it is away, however many tries it takes.
        say = log.debug if self._is_told else log.warning
        say("pubsub_connection_lost", reason=repr(errors)[:300])
        self._is_told = True
