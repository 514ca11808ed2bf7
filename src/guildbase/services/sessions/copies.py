"""Copies of sessions in this process, which spare the database a read for each request that changes nothing.

A reader that finds no copy leaves a ticket, reads the row, and stores it only if its ticket is still there. Whoever
ends a session tells all processes, which remove copy and ticket. So no reader can store what it read before the end.

A copy is trusted for `TRUST` seconds from the moment at which its reader left the ticket. That is how long the other
processes may still show something to who is logged out, if the message is lost or there is no Redis to carry it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from guildbase.services.pubsub import PubSub, Topic
from guildbase.services.sessions.truth import WebSession

TRUST = 2.0  # seconds
MOST = 10_000
"""Copies in one process."""
BATCH = 100  # digests of one message


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    """These sessions are over, or have other tokens now."""

    digests: tuple[str, ...]


SESSIONS_ENDED = Topic("sessions-ended", SessionsEnded)


class Ticket:
    """The right to store a copy, which one reader at a time has."""


class SessionCopies:
    """The copies of this process; there are none while it does not hear what the others end."""

    def __init__(self, pubsub: PubSub, clock: Callable[[], float] = time.monotonic) -> None:
        self._pubsub = pubsub
        self._clock = clock
        self._held: dict[str, tuple[WebSession | Ticket, float]] = {}
        """What there is, and until when."""
        pubsub.subscribe(SESSIONS_ENDED, self._hear)
        pubsub.on_gap(self._held.clear)

    def find(self, digest: str) -> WebSession | Ticket | None:
        """Return the copy, or a ticket to store one; None if somebody else has that, or nothing may be trusted."""
        now = self._clock()
        held, until = self._held.get(digest, (None, 0.0))
        if held is not None and now < until:
            return None if isinstance(held, Ticket) else held
        if not self._pubsub.is_live:
            return None
        self._held.pop(digest, None)  # So that it goes to the end: the oldest are forgotten first.
        while len(self._held) >= MOST:
            del self._held[next(iter(self._held))]
        ticket = Ticket()
        self._held[digest] = (ticket, now + TRUST)
        return ticket

    def keep(self, digest: str, ticket: Ticket, session: WebSession, seconds: float) -> None:
        """Store the copy for at most so many seconds, if the ticket is still there."""
        held, until = self._held.get(digest, (None, 0.0))
        if held is ticket:
            self._held[digest] = (session, min(until, self._clock() + seconds))

    def forget(self, digests: Sequence[str]) -> None:
        """Remove copies and tickets: at once here, and in the other processes when the message arrives."""
        for first in range(0, len(digests), BATCH):
            self._pubsub.publish(SESSIONS_ENDED, SessionsEnded(tuple(digests[first : first + BATCH])))

    def _hear(self, message: SessionsEnded) -> None:
        for digest in message.digests:
            self._held.pop(digest, None)
