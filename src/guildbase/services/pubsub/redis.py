"""Publish and subscribe between processes over Redis, with one connection that hears and a queue that sends."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from guildbase.services.documents import BadMessage
from guildbase.services.loops import BackgroundLoops
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub.service import PubSub
from guildbase.services.pubsub.subscriber import Subscriber
from guildbase.services.pubsub.topics import Topic
from guildbase.services.redis import RedisAway, RedisConnection

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = structlog.get_logger(__name__)

MessageT = TypeVar("MessageT")

MAX_OUTGOING = 1000
"""Messages that may wait for Redis; of more, the oldest are dropped."""
BATCH = 100
SUBSCRIBE_TIMEOUT = 1.0
"""Seconds that a listener waits for its subscription before it goes on without."""
LAST_WORDS = 1.0  # seconds that the end of the process waits for what is still to be sent


class RedisPubSub(PubSub):
    """The form that reaches other processes; publishing never waits for Redis."""

    is_shared = True

    def __init__(self, redis: RedisConnection, loops: BackgroundLoops, process: ProcessIdentity) -> None:
        super().__init__(process, redis.namespace)
        self.lost = 0
        """Messages that did not reach Redis, or perhaps not."""
        self._redis = redis
        self._loops = loops
        self._outgoing: deque[tuple[str, str]] = deque()
        self._to_send = asyncio.Event()
        self._sending = asyncio.Lock()
        self._must_hear: set[str] = set()
        self._was_live = False
        self._next_change = asyncio.Event()
        self._subscriber = Subscriber(redis, wanted=self._channels, receive=self._receive, changed=self._changed)
        redis.on_return(self._to_send.set)

    @property
    def is_live(self) -> bool:
        """Whether all that is published now is heard here; while it is not, copies may be out of date."""
        return self._subscriber.hears(self._must_hear)

    async def start(self) -> None:
        """Begin to hear the other processes."""
        self._loops.start("pubsub-subscriber", self._subscriber.run)

    async def close(self) -> None:
        """Send what waits, if that takes no time, and stop."""
        await self._loops.stop("pubsub-subscriber")
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._send_all()
        await self._loops.stop("pubsub-sender")

    def subscribe(self, topic: Topic[MessageT], handler: Callable[[MessageT], None]) -> Callable[[], None]:
        """Call the quick handler for every message of the topic; the result ends the subscription."""
        self._must_hear.add(self._channel(topic.name))
        end = self._add(topic, handler)
        self._changed()
        return end

    def _add(self, topic: Topic[MessageT], handler: Callable[[MessageT], None]) -> Callable[[], None]:
        end = super()._add(topic, handler)
        self._subscriber.follow()

        def unsubscribe() -> None:
            end()
            if topic.name not in self._topics:
                self._must_hear.discard(self._channel(topic.name))
                self._subscriber.follow()

        return unsubscribe

    def _channels(self) -> set[str]:
        return {self._channel(name) for name in self._topics}

    def _changed(self) -> None:
        self._next_change.set()
        self._next_change = asyncio.Event()
        if self.is_live != self._was_live:
            self._was_live = self.is_live
            self._gap()

    async def _until_heard(self, name: str) -> None:
        channel = {self._channel(name)}
        with suppress(TimeoutError):
            async with asyncio.timeout(SUBSCRIBE_TIMEOUT):
                # Without a connection there is nothing to wait for: the channel is heard when there is one again.
                while self._subscriber.is_connected and not self._subscriber.hears(channel):
                    await self._next_change.wait()

    def _receive(self, channel: str, payload: bytes) -> None:
        name = channel.removeprefix(self._channel(""))
        topic = self._topics.get(name)  # None if the last handler left while the message was on its way.
        try:
            message = topic.decode(payload, unless_from=self.process.id) if topic else None
        except BadMessage as error:
            log.warning("pubsub_message_dropped", topic=name, reason=str(error))
            return
        if message is not None:
            self._deliver(name, message)

    def _send(self, channel: str, payload: str) -> None:
        if len(self._outgoing) >= MAX_OUTGOING:
            self._outgoing.popleft()
            self.lost += 1
        self._outgoing.append((channel, payload))
        self._to_send.set()
        if "pubsub-sender" not in self._loops.loops:
            # Begun by the first message, so that a command that runs once reaches the bot, too.
            self._loops.start("pubsub-sender", self._send_forever)

    async def _send_forever(self) -> None:
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            await self._send_all()

    async def _send_all(self) -> None:
        async with self._sending:
            while self._outgoing and self._redis.is_available:
                batch = [self._outgoing.popleft() for _ in range(min(BATCH, len(self._outgoing)))]
                try:
                    await self._redis.run(partial(_publish, batch=batch))
                except RedisAway:
                    # Perhaps they were sent; to send them again could be twice.
                    self.lost += len(batch)


async def _publish(client: Redis, *, batch: Sequence[tuple[str, str]]) -> None:
    if len(batch) == 1:
        await client.publish(*batch[0])
        return
    async with client.pipeline(transaction=False) as pipeline:
        for channel, payload in batch:
            pipeline.publish(channel, payload)
        await pipeline.execute()
