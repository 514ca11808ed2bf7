"""Publish and subscribe within one process; `redis.py` here adds the other processes.

Delivery is at most once: a message wakes workers and drops copies, so a lost one costs time and never an effect.
Whoever keeps copies asks `is_live` and forgets them at every gap. What must not be lost is a row of the outbox.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog

from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub.listening import Messages
from guildbase.services.pubsub.topics import Topic

log = structlog.get_logger(__name__)

MessageT = TypeVar("MessageT")


class PubSub:
    """The in-process form: handlers run at once, and one that fails harms nobody."""

    is_shared = False
    """Whether messages reach other processes."""

    def __init__(self, process: ProcessIdentity, namespace: str = "guildbase") -> None:
        self.process = process
        self._namespace = namespace
        self._topics: dict[str, Topic[Any]] = {}
        self._handlers: defaultdict[str, list[Callable[[Any], None]]] = defaultdict(list)
        self._gap_actions: list[Callable[[], None]] = []

    @property
    def is_live(self) -> bool:
        """Whether all that is published now is heard here; while it is not, copies may be out of date."""
        return True

    def publish(self, topic: Topic[MessageT], message: MessageT) -> None:
        """Hand the message on without waiting: this process hears it at once, each other one at most once.

        Raises:
            BadMessage: it is too large.
        """
        payload = topic.encode(message, self.process.id)
        self._deliver(topic.name, message)
        self._send(self._channel(topic.name), payload)

    def subscribe(self, topic: Topic[MessageT], handler: Callable[[MessageT], None]) -> Callable[[], None]:
        """Call the quick handler for every message of the topic; the result ends the subscription."""
        return self._add(topic, handler)

    @asynccontextmanager
    async def listen(self, topic: Topic[MessageT], *, max_waiting: int = 100) -> AsyncIterator[Messages[MessageT]]:
        """Take the topic's messages one by one within the block; of more than `max_waiting` the oldest are dropped."""
        messages = Messages[MessageT](max_waiting)
        unsubscribe = self._add(topic, messages.add)
        try:
            await self._until_heard(topic.name)
            yield messages
        finally:
            unsubscribe()
            messages.close()

    def on_gap(self, action: Callable[[], None]) -> None:
        """Do the quick action when messages may have been missed: as the connection is lost and as it is back."""
        self._gap_actions.append(action)

    def wire(self, topic: Topic[MessageT], message: MessageT) -> tuple[str, str]:
        """Return channel and payload for a script that publishes by itself; this process does not hear that one."""
        return self._channel(topic.name), topic.encode(message, self.process.id)

    def _channel(self, name: str) -> str:
        return f"{self._namespace}:topic:{name}"

    def _add(self, topic: Topic[MessageT], handler: Callable[[MessageT], None]) -> Callable[[], None]:
        self._topics[topic.name] = topic
        self._handlers[topic.name].append(handler)

        def unsubscribe() -> None:
            handlers = self._handlers[topic.name]
            if handler in handlers:
                handlers.remove(handler)
            if not handlers:
                del self._handlers[topic.name]
                self._topics.pop(topic.name, None)

        return unsubscribe

    async def _until_heard(self, name: str) -> None:
        """Wait until other processes' messages arrive, for a moment at most."""

    def _send(self, channel: str, payload: str) -> None:
        """Send the message to the other processes: here there are none."""

    def _deliver(self, name: str, message: object) -> None:
        for handler in tuple(self._handlers.get(name, ())):
            try:
                handler(message)
            except Exception:
                log.exception("pubsub_handler_failed", topic=name)

    def _gap(self) -> None:
        for action in self._gap_actions:
            try:
                action()
            except Exception:
                log.exception("pubsub_gap_action_failed")
