"""Copies of sessions in Redis, for all processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import orjson

from guildbase.services.redis import RedisAway, RedisConnection
from guildbase.services.sessions.copies import TRUST, Ticket
from guildbase.services.sessions.truth import WebSession

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

SCHEMA = 1
"""Part of every key, so that a copy of another form is never read."""
RETRY = 0.05  # seconds between two tries to remove a copy
KEEP = """
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local life = math.min(redis.call('PTTL', KEYS[1]), tonumber(ARGV[3]))
if life > 0 then redis.call('SET', KEYS[1], ARGV[2], 'PX', life) end
return life
"""


class SharedCopies:
    """Copies that all processes share; while Redis is away there are none."""

    def __init__(self, redis: RedisConnection, *, trust: float = TRUST) -> None:
        self._redis = redis
        self._trust = trust

    async def find(self, digest: str) -> WebSession | Ticket | None:
        """Return the copy, or a ticket to store one; None if somebody else has that, or Redis is away."""
        key, ticket = self._key(digest), Ticket.new()

        async def look(client: Redis) -> WebSession | Ticket | None:
            if (held := await client.get(key)) is not None:
                return _session(held)
            return ticket if await client.set(key, ticket, nx=True, px=round(self._trust * 1000)) else None

        try:
            return await self._run(look)
        except RedisAway:
            return None

    async def keep(self, digest: str, ticket: Ticket, session: WebSession, seconds: float) -> None:
        """Store the copy for at most so many seconds, if the ticket is still there."""
        words: list[Any] = [self._key(digest), ticket, orjson.dumps(session, default=str), int(seconds * 1000)]
        try:
            await self._run(lambda client: client.eval(KEEP, 1, *words))
        except RedisAway:
            return

    async def forget(self, digests: Sequence[str]) -> None:
        """Remove copies and tickets; when this returns, nobody trusts one any more.

        That takes no time, unless Redis is away: what cannot be removed is outlived. However long it has been away
        from here, another process may have stored a copy just now.
        """
        dead = time.monotonic() + self._trust
        while digests and time.monotonic() < dead:
            try:
                await self._run(lambda client: client.delete(*map(self._key, digests)))
            except RedisAway:
                await asyncio.sleep(RETRY)
            else:
                return

    def _key(self, digest: str) -> str:
        return self._redis.key("session", SCHEMA, digest)

    async def _run(self, action: Callable[[Redis], Awaitable[T]]) -> T:
        from redis.exceptions import RedisError

        try:
            return await self._redis.run(action)
        except RedisError as error:  # It answers, but its memory is full or a key is not ours.
            raise RedisAway from error


def _session(stored: bytes | str) -> WebSession | None:
    """Return the session, or None for a ticket and for what is not ours."""
    try:
        found = orjson.loads(stored)
        return WebSession(
            session_id=UUID(found["session_id"]),
            user_id=int(found["user_id"]),
            created_at=datetime.fromisoformat(found["created_at"]),
            seen_at=datetime.fromisoformat(found["seen_at"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
