"""Messages between parts of the bot, and between its processes in the Redis form.

Delivery is at most once: a message only wakes workers and drops caches, so a lost one costs time and
never an effect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

Message = Mapping[str, str]
"""Text keys and values; ids travel as text, as they do in all our JSON."""

Handler = Callable[[Message], None]


class PubSub(Protocol):
    """What publish and subscribe offer, whichever form they have."""

    def publish(self, topic: str, message: Message) -> None:
        """Hand the message on without waiting for anybody."""
        ...

    def subscribe(self, topic: str, handler: Handler) -> Callable[[], None]:
        """Call the quick handler for every message of the topic; the result ends the subscription."""
        ...


class MemoryPubSub:
    """The in-process form: handlers run at once, and one that fails harms nobody."""

    def __init__(self) -> None:
        self._handlers: defaultdict[str, list[Handler]] = defaultdict(list)

    def publish(self, topic: str, message: Message) -> None:
        """Hand the message to all who subscribed."""
        for handler in tuple(self._handlers.get(topic, ())):
            try:
                handler(message)
            except Exception:
                log.exception("pubsub_handler_failed", topic=topic)

    def subscribe(self, topic: str, handler: Handler) -> Callable[[], None]:
        """Call the quick handler for every message of the topic; the result ends the subscription."""
        self._handlers[topic].append(handler)

        def unsubscribe() -> None:
            if handler in self._handlers[topic]:
                self._handlers[topic].remove(handler)

        return unsubscribe
