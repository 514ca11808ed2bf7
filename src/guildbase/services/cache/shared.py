"""The copies in Redis, which all processes share."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from guildbase.services.cache import scripts
from guildbase.services.cache.local import JITTER
from guildbase.services.cache.service import Codec
from guildbase.services.redis import RedisAway, RedisConnection

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.commands.core import AsyncScript

log = structlog.get_logger(__name__)

GENERATION_TTL = 2 * 86_400.0
"""Seconds that a generation lasts; longer than any copy, but it would do no harm if it were less."""
CHANGE_TTL = 30.0
"""Seconds for which nothing is shared of what a process is changing, if it never says that it is done.

A transaction takes less: its statements have a time-out of a few seconds.
"""
QUIET = 60.0
"""Seconds between two lines of the log about a Redis that refuses."""


@dataclass(frozen=True, slots=True)
class Found:
    """What Redis has for a key."""

    key: str
    tags: tuple[str, ...]
    stamp: bytes
    """What a copy that is read from the database after this must carry."""
    copy: bytes | None
    """The copy, if it counts."""
    is_changing: bool = False
    """Whether some process is about to change it, so that nothing should be kept."""


class SharedCopies:
    """Reads, stores and drops copies; every method raises RedisAway if Redis cannot do it."""

    def __init__(self, redis: RedisConnection) -> None:
        self._redis = redis
        self._scripts: dict[str, AsyncScript] = {}
        self._trusted_since: int | None = None
        self._distrusts = 0
        self._quiet_until = 0.0

    def distrust(self) -> None:
        """Count no copy that is older than the next read: while Redis was away, changes did not reach it."""
        self._trusted_since = None
        self._distrusts += 1

    async def read(self, key: str, tags: tuple[str, ...], codec: Codec[Any]) -> Found:
        """Look for the copy, and see the generations of its tags."""
        named = self._redis.key("cache", key, codec.version)
        keys = [named, *self._generations(tags)]
        distrusts = self._distrusts
        now, raw, *generations = await self._run(scripts.READ, keys, [secrets.token_hex(8), _ms(GENERATION_TTL)])
        if self._trusted_since is None and distrusts == self._distrusts:
            self._trusted_since = int(now)
        if any(generation.startswith(scripts.CHANGING.encode()) for generation in generations):
            return Found(named, tags, b"", None, is_changing=True)
        seen = b" ".join(generations)
        return Found(named, tags, now + b" " + seen, self._counted(raw, seen))

    async def store(self, found: Found, value: bytes, ttl: float) -> bool:
        """Share the copy, unless a tag changed since the look; tell whether it is shared."""
        generations = found.stamp.split(b" ")[1:]
        lasts = ttl * random.uniform(1 - JITTER, 1)  # noqa: S311 - no secret.
        keys = [found.key, *self._generations(found.tags), *self._members(found.tags)]
        words: list[str | bytes | int] = [_ms(lasts), found.stamp + b"\n" + value, _ms(GENERATION_TTL), *generations]
        return bool(await self._run(scripts.STORE, keys, words))

    async def drop(self, tags: Sequence[str], channel: str, message: str, *, was_marked: bool) -> None:
        """Remove all copies of the tags and the caller's mark, and send the message; all of it or nothing."""
        words: list[str | bytes | int] = [channel, message, int(was_marked)]
        await self._run(scripts.DROP, [*self._generations(tags), *self._members(tags)], words)

    async def mark(self, tags: Sequence[str]) -> None:
        """Have nothing shared of the tags until everybody who marked them dropped them, or for CHANGE_TTL."""
        await self._run(scripts.MARK, self._generations(tags), [_ms(CHANGE_TTL)])

    def _counted(self, raw: bytes | None, generations: bytes) -> bytes | None:
        """Return the copy if it is of these generations, and not from before the time that is trusted."""
        stamp, _, value = (raw or b"").partition(b"\n")
        stored, _, carried = stamp.partition(b" ")
        is_sound = stored.isdigit() and carried == generations and self._trusted_since is not None
        return value if is_sound and int(stored) >= (self._trusted_since or 0) else None

    def _generations(self, tags: Sequence[str]) -> list[str]:
        return [self._redis.key("cache-generation", tag) for tag in tags]

    def _members(self, tags: Sequence[str]) -> list[str]:
        return [self._redis.key("cache-keys", tag) for tag in tags]

    async def _run(self, text: str, keys: Sequence[str], words: Sequence[str | bytes | int]) -> Any:
        from redis import exceptions

        async def run(client: Redis) -> Any:
            if text not in self._scripts:
                self._scripts[text] = client.register_script(text)
            return await self._scripts[text](keys=keys, args=words)

        try:
            return await self._redis.run(run)
        except RedisAway:
            self.distrust()
            raise
        except exceptions.RedisError as error:  # Full, unable to save, busy with another's script.
            self.distrust()
            self._tell_refusal(error)
            raise RedisAway from error

    def _tell_refusal(self, error: Exception) -> None:
        # A full Redis refuses every copy of every read.
        if (now := time.monotonic()) >= self._quiet_until:
            self._quiet_until = now + QUIET
            log.warning("cache_refused", reason=f"{type(error).__name__}: {error}"[:200])


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
