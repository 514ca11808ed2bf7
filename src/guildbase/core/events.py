"""Typed events: what a feature announces, and who hears it inside the transaction or after commit.

A handler inside the transaction shares the announcer's fate: if it fails, everything rolls back. A
handler after commit hears only what really happened; its failure is logged and harms nobody. Events
may be lost in a crash, so a promised effect is an outbox row and never an event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; subclasses are frozen dataclasses that hold ids, not rows."""


EventT = TypeVar("EventT", bound=Event)
TransactionT = TypeVar("TransactionT")


class EventBus(Generic[TransactionT]):
    """Who hears which event. `TransactionT` is what a handler inside the transaction works with."""

    def __init__(self) -> None:
        self._inside: dict[type[Event], list[Callable[[Any, TransactionT], Awaitable[None]]]] = defaultdict(list)
        self._after: dict[type[Event], list[Callable[[Any], Awaitable[None]]]] = defaultdict(list)
        self._after_all: list[Callable[[Event], Awaitable[None]]] = []

    def inside(
        self, event: type[EventT], handler: Callable[[EventT, TransactionT], Awaitable[None]]
    ) -> Callable[[], None]:
        """Call the handler within the announcer's transaction; the result, when called, ends that."""
        self._inside[event].append(handler)
        return lambda: self._inside[event].remove(handler)

    def after_commit(self, event: type[EventT], handler: Callable[[EventT], Awaitable[None]]) -> None:
        """Call the handler once the announcer's transaction is committed."""
        self._after[event].append(handler)

    def after_every_commit(self, handler: Callable[[Event], Awaitable[None]]) -> None:
        """Call the handler for events of all kinds once their announcer's transaction is committed."""
        self._after_all.append(handler)

    def is_heard_inside(self, event: type[Event]) -> bool:
        """Tell whether anybody has a say in the announcer's transaction."""
        return bool(self._inside.get(event))

    async def announce(self, event: Event, transaction: TransactionT) -> None:
        """Run the handlers inside the transaction; what they raise aborts it."""
        for handler in self._inside.get(type(event), ()):
            await handler(event, transaction)

    async def committed(self, events: list[Event]) -> None:
        """Run the handlers after commit, in order; a failure is logged and the rest still run."""
        for event in events:
            for handler in (*self._after.get(type(event), ()), *self._after_all):
                try:
                    await handler(event)
                except Exception:
                    log.exception("event_handler_failed", event_type=type(event).__name__)
