"""Web sessions: who has which token, until when. The rows decide; copies only spare reading them for a look."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from uuid import UUID, uuid4

from guildbase.core.errors import NotAuthenticated
from guildbase.core.settings import Settings
from guildbase.services.container import BotServices
from guildbase.services.pubsub import PubSub
from guildbase.services.sessions.copies import SessionCopies, Ticket
from guildbase.services.sessions.truth import Reading, SessionTruth, WebSession

TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
MOST = 100
"""Sessions that a person has at once; a further one ends the one that was used longest ago."""
TOUCH_EVERY = 60.0
"""Seconds between two writes that a session was seen."""


class SessionStore:
    """Makes sessions, finds them by their tokens, and ends them; all processes are told of what is ended."""

    def __init__(self, services: BotServices) -> None:
        settings = services.get(Settings)
        self._idle = timedelta(seconds=settings.web_session_ttl)
        self._age = timedelta(seconds=settings.web_session_max_age)
        self._touch_every = min(TOUCH_EVERY, settings.web_session_ttl / 2)
        self._truth = services.get(SessionTruth)
        self._copies = SessionCopies(services.get(PubSub))

    async def create(self, user_id: int) -> tuple[str, WebSession]:
        """Begin a session of the person and return its token, which is kept nowhere, and the session."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = await self._truth.insert(_digest(token), uuid4(), user_id)
        for old in (await self.of_user(user_id))[MOST:]:
            await self.revoke(user_id, old.session_id)
        return token, session

    async def get(self, token: str, *, fresh: bool = False) -> WebSession | None:
        """Return the session of the token and note that it was seen; None if it has expired, was ended or never was.

        A copy of a session that was ended elsewhere may count for seconds; with `fresh` none is looked at.
        """
        if not _TOKEN.fullmatch(token):
            return None
        digest = _digest(token)
        found = None if fresh else self._copies.find(digest)
        if isinstance(found, WebSession):
            return found
        reading = await self._living(digest)
        if reading is None:
            return None
        if reading.now - reading.session.seen_at >= timedelta(seconds=self._touch_every):
            await self._truth.touch(digest, unless_within=self._touch_every)
        if isinstance(found, Ticket):
            self._copies.keep(digest, found, reading.session, self._seconds_left(reading))
        return reading.session

    async def rotate(self, token: str) -> str:
        """Give the session a new token and return it; the old one ends as with `revoke`.

        Raises:
            NotAuthenticated: the token has no session, or somebody was quicker.
        """
        old, new = _digest(token), secrets.token_urlsafe(TOKEN_BYTES)
        if await self._living(old) is None or not await self._truth.replace(old, _digest(new)):
            raise NotAuthenticated("This session has ended.", hint="Log in again.")
        self._copies.forget([old])
        return new

    async def of_user(self, user_id: int) -> list[WebSession]:
        """Return the sessions of the person that have not expired, the one that was seen last first."""
        living = [found.session for found in await self._truth.of_user(user_id) if self._seconds_left(found) > 0]
        return sorted(living, key=lambda session: session.seen_at, reverse=True)

    async def revoke(self, user_id: int, session_id: UUID | None = None) -> int:
        """End this session of the person, or all; return how many that were.

        When this returns, nothing can be changed with them anywhere, and nothing seen in this process. Others show
        nothing from the moment at which they hear of it, or after two seconds if they do not.
        """
        removed = list(await self._truth.remove(user_id, session_id))
        self._copies.forget(removed)
        return len(removed)

    async def _living(self, digest: str) -> Reading | None:
        reading = await self._truth.find(digest)
        return reading if reading is not None and self._seconds_left(reading) > 0 else None

    def _seconds_left(self, reading: Reading) -> float:
        session = reading.session
        return (min(session.seen_at + self._idle, session.created_at + self._age) - reading.now).total_seconds()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
