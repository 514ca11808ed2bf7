"""The port to the rows of web sessions, which are the truth, and the plain values that it speaks of.

A digest is the SHA-256 of a session's token in hexadecimal. The token itself is known to its browser alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class WebSession:
    """One login of a person."""

    session_id: UUID
    """What people are shown, and choose one to be ended by; it opens nothing."""
    user_id: int
    created_at: datetime
    seen_at: datetime
    """When it was last used, give or take a minute."""
    username: str = ""
    """What the person is called on Discord, where the session was found by its digest."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A session, and the moment of the database's clock at which it was read."""

    session: WebSession
    now: datetime


class SessionTruth(Protocol):
    """The rows. Each call is a transaction of its own on the primary, and every moment is of the database's clock."""

    async def insert(self, digest: str, session_id: UUID, user_id: int) -> WebSession:
        """Store a new session that was created and seen now."""
        ...

    async def find(self, digest: str) -> Reading | None:
        """Return the session of the digest, whether it has expired or not; None if its person may not sign in."""
        ...

    async def of_user(self, user_id: int) -> Sequence[Reading]:
        """Return the sessions of the person, whether they have expired or not."""
        ...

    async def touch(self, digest: str, *, unless_within: float) -> None:
        """Note that the session was seen now, unless that was noted within the last so many seconds, or it is gone."""
        ...

    async def replace(self, digest: str, new: str) -> bool:
        """Give the session another digest, and note that it was seen now; False if there is none of the old one."""
        ...

    async def remove(self, user_id: int, session_id: UUID | None = None) -> Sequence[str]:
        """Remove this session of the person, or all; return the digests of what was removed."""
        ...
