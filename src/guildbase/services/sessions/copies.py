"""Copies of sessions, which spare the database a read for each request.

A reader that finds no copy leaves a ticket, reads the row, and stores it only if its ticket is still there. Whoever
changes a row removes copy or ticket afterwards. So no reader can store what it read before the change.

A copy is trusted for `TRUST` seconds from the moment at which its reader left the ticket. So whoever could not remove
it, because Redis was away, knows when it is dead.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Protocol, Self

from guildbase.services.sessions.truth import WebSession

TRUST = 10.0  # seconds
MOST = 10_000
"""Copies in one process."""


class Ticket(str):
    """The right to store a copy, which one reader at a time has."""

    __slots__ = ()

    @classmethod
    def new(cls) -> Self:
        """Return one that nobody else has."""
        return cls(secrets.token_hex(8))


class Copies(Protocol):
    """Where the copies are."""

    async def find(self, digest: str) -> WebSession | Ticket | None:
        """Return the copy, or a ticket to store one; None if there is neither."""
        ...

    async def keep(self, digest: str, ticket: Ticket, session: WebSession, seconds: float) -> None:
        """Store the copy for at most so many seconds, if the ticket is still there."""
        ...

    async def forget(self, digests: Sequence[str]) -> None:
        """Remove copies and tickets; when this returns, nobody trusts one any more."""
        ...


class MemoryCopies:
    """Copies of the one process that there is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[str, tuple[WebSession | Ticket, float]] = {}
        """What there is, and until when."""

    async def find(self, digest: str) -> WebSession | Ticket | None:
        """Return the copy, or a ticket to store one; None if somebody else has that."""
        now = self._clock()
        held, until = self._held.get(digest, (None, 0.0))
        if held is not None and now < until:
            return None if isinstance(held, Ticket) else held
        self._held.pop(digest, None)  # So that it goes to the end: the oldest are forgotten first.
        while len(self._held) >= MOST:
            del self._held[next(iter(self._held))]
        ticket = Ticket.new()
        self._held[digest] = (ticket, now + TRUST)
        return ticket

    async def keep(self, digest: str, ticket: Ticket, session: WebSession, seconds: float) -> None:
        """Store the copy for at most so many seconds, if the ticket is still there."""
        held, until = self._held.get(digest, (None, 0.0))
        if held is ticket:
            self._held[digest] = (session, min(until, self._clock() + seconds))

    async def forget(self, digests: Sequence[str]) -> None:
        """Remove copies and tickets."""
        for digest in digests:
            self._held.pop(digest, None)
