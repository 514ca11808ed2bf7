"""Copies of leaderboards in Redis: one sorted set each. Loaded only where there is a Redis.

The set ascends by the negated score and then by the member's id, written in 20 digits, so that ranks are positions.
All that belongs to a copy is in its one key, so that Redis can drop it wholly or not at all: at the score of -inf
stands what tells a complete copy (`!`) from one that is being made (`!` and a token), at +inf stand the marks.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from guildbase.services.leaderboards.board import Mark, Page, Place, Question, Scores, Slice, checked
from guildbase.services.redis import RedisAway, RedisConnection

log = structlog.get_logger(__name__)

BUILD_PATIENCE = 10_000
"""Milliseconds without a new row after which a copy that is being made is given up."""
ADD_TRIES, ADD_PAUSE = 5, 0.3
"""How often, and after how many seconds, rows are sent again: one slow moment must not cost a copy of a million."""


class _Script:
    """A Lua script, which Redis runs as one step."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


# One text is quicker to read than a list of many.
_LOOK = """
local key = KEYS[1]
if not redis.call('ZSCORE', key, '!') then return false end
local marks = redis.call('ZRANGEBYSCORE', key, '+inf', '+inf', 'LIMIT', 0, 1000)
if #marks > 0 then return '-1 0 ' .. table.concat(marks, ' ') end
local function told(first, last)
  local found = redis.call('ZRANGE', key, first, last, 'WITHSCORES')
  return (redis.call('ZCARD', key) - 1) .. ' ' .. first .. ' ' .. table.concat(found, ' ')
end
"""
_SLICE = _Script(f"{_LOOK} return told(ARGV[1], ARGV[2])")
_AROUND = _Script(
    f"""{_LOOK}
local rank = redis.call('ZRANK', key, ARGV[1])
if not rank then return told(1, 0) end
return told(math.max(1, rank - ARGV[2]), rank + ARGV[2])"""
)
_MARK = _Script("""
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then
    for _, mark in ipairs(ARGV) do redis.call('ZADD', key, '+inf', mark) end
  end
end""")
_SETTLE = _Script("""
for i = 1, #ARGV, 3 do
  if redis.call('ZREM', KEYS[1], ARGV[i]) == 1 then
    if ARGV[i + 2] == '' then redis.call('ZREM', KEYS[1], ARGV[i + 1])
    else redis.call('ZADD', KEYS[1], ARGV[i + 2], ARGV[i + 1]) end
  end
end""")
_BEGIN = _Script("""
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('ZADD', KEYS[1], '-inf', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1""")
_ADD = _Script("""
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
local words = {}
for word in string.gmatch(ARGV[3], '%S+') do words[#words + 1] = word end
redis.call('ZADD', KEYS[1], unpack(words))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1""")
# A large set is unlinked, because RENAME would free it while all others wait.
_FINISH = _Script("""
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[2], '-inf', '!')
redis.call('UNLINK', KEYS[1])
redis.call('RENAME', KEYS[2], KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1""")
_ABANDON = _Script("if redis.call('ZSCORE', KEYS[1], ARGV[1]) then redis.call('UNLINK', KEYS[1]) end")
# What is being made may get a row of the member's that was read before the erasure; what is marked may name the member.
_FORGET = _Script("""
local key = KEYS[1]
if redis.call('ZSCORE', key, ARGV[1]) or not redis.call('ZSCORE', key, '!')
   or redis.call('ZCOUNT', key, '+inf', '+inf') > 0 then redis.call('UNLINK', key) end""")


class SortedSetCopies:
    """Sorted sets, which all processes share."""

    def __init__(self, redis: RedisConnection, ttl: float) -> None:
        self._redis = redis
        self._ttl = int(ttl * 1000)
        self._missed = 0
        """Changes that Redis perhaps did not hear of; until all copies are removed, none can be trusted."""
        self._clearing = asyncio.Lock()
        self._discarding: asyncio.Task[None] | None = None
        redis.on_return(self._on_return)

    async def look(self, key: str, question: Question) -> Page | list[Mark] | None:
        """Answer from the copy, or return the marks that must be settled first, or None where there is no copy."""
        if isinstance(question, Slice):
            reply = await self._try(_SLICE, [key], question.start + 1, question.start + question.length)
        else:
            reply = await self._try(_AROUND, [key], _entry(question.member_id), question.each_side)
        if reply is None:
            return None
        size, first, *found = reply.split()
        try:
            return [_mark(text) for text in found] if size == b"-1" else _page(int(size), int(first), found)
        except (ValueError, OverflowError) as error:
            await self._remove_unusable(error, key)
            return None

    async def mark(self, key: str, member_ids: Sequence[int]) -> None:
        """Note that the members' scores changed, in the copy and in one that is being made."""
        token = secrets.token_hex(8)
        marks = [f"~{_entry(member)}:{token}" for member in member_ids]
        try:
            await self._call(_MARK, [key, _build(key)], *marks)
        except ResponseError as error:
            await self._remove_unusable(error, key, _build(key))
        except BaseException as error:
            # Nobody knows whether the mark is there, and without it the copy would tell an old score.
            self._missed += 1
            if not isinstance(error, RedisAway):
                raise

    async def settle(self, key: str, marks: Sequence[Mark], scores: dict[int, int]) -> None:
        """Give the marked members the scores that were read after the marks were seen (or none), if a mark is left."""
        words: list[str] = []
        for member, token in marks:
            score = scores.get(member)
            words += [f"~{_entry(member)}:{token}", _entry(member), "" if score is None else str(-checked(score))]
        await self._try(_SETTLE, [key], *words)

    async def begin(self, key: str) -> str | None:
        """Begin a copy and return its token; None while another process makes one, or where none can be."""
        token = f"!{secrets.token_hex(8)}"
        return token if await self._try(_BEGIN, [_build(key)], token, BUILD_PATIENCE) else None

    async def add(self, key: str, token: str, scores: Scores) -> bool:
        """Add rows to the copy that is being made; False if it was lost meanwhile."""
        for _, score in scores:
            checked(score)
        rows = " ".join([f"{-score} {member:020d}" for member, score in scores])
        for _ in range(ADD_TRIES):
            is_added = await self._try(_ADD, [_build(key)], token, BUILD_PATIENCE, rows)
            if is_added is not None:
                return bool(is_added)
            await asyncio.sleep(ADD_PAUSE)
        return False

    async def finish(self, key: str, token: str) -> bool:
        """Put the copy in the place of the old one; False if it was lost meanwhile."""
        return bool(await self._try(_FINISH, [key, _build(key)], token, self._ttl))

    async def abandon(self, key: str, token: str) -> None:
        """Give up the copy that is being made."""
        await self._try(_ABANDON, [_build(key)], token)

    async def drop(self, guild_id: int) -> None:
        """Remove the guild's copies."""
        try:
            await self._remove(f"*:{guild_id}", f"*:{guild_id}:build")
        except RedisAway:
            self._missed += 1

    async def forget(self, member_id: int) -> None:
        """Remove all copies that the member is in, and all that are being made."""
        try:
            async for key in self._keys("*"):
                await self._forget_in(key, member_id)
        except RedisAway:
            self._missed += 1

    async def _forget_in(self, key: str, member_id: int) -> None:
        try:
            await self._call(_FORGET, [key], _entry(member_id))
        except ResponseError as error:
            await self._remove_unusable(error, key)

    async def close(self) -> None:
        """Stop clearing away."""
        if self._discarding is not None:
            self._discarding.cancel()
            await asyncio.gather(self._discarding, return_exceptions=True)

    async def _try(self, script: _Script, keys: list[str], *words: str | int) -> Any:
        """Run the script; None if Redis is away or holds what it cannot work with, which is removed."""
        try:
            if self._missed:
                await self._discard()
            return await self._call(script, keys, *words)
        except RedisAway:
            return None
        except ResponseError as error:
            await self._remove_unusable(error, *keys)
            return None

    async def _call(self, script: _Script, keys: list[str], *words: str | int) -> Any:
        rest = (len(keys), *map(self._full, keys), *words)
        try:
            return await self._redis.run(lambda client: _sent(client, "EVALSHA", script.sha, *rest))
        except NoScriptError:
            return await self._redis.run(lambda client: _sent(client, "EVAL", script.text, *rest))

    async def _remove_unusable(self, error: Exception, *keys: str) -> None:
        log.warning("leaderboard_copy_removed", keys=keys, reason=str(error))
        names = [self._full(key) for key in keys]
        try:
            await self._redis.run(lambda client: client.unlink(*names))
        except (RedisAway, ResponseError):
            self._missed += 1

    async def _remove(self, *patterns: str) -> None:
        for pattern in patterns:
            async for key in self._keys(pattern):
                name = self._full(key)
                await self._redis.run(lambda client, name=name: client.unlink(name))  # type: ignore[misc]

    async def _keys(self, pattern: str) -> AsyncIterator[str]:
        prefix, cursor = self._full(""), 0
        while True:
            position = cursor
            cursor, names = await self._redis.run(
                lambda client, position=position: client.scan(position, match=f"{prefix}{pattern}", count=1000)  # type: ignore[misc]
            )
            for name in names:
                yield name.decode().removeprefix(prefix)
            if not cursor:
                return

    async def _discard(self) -> None:
        """Remove all copies after a change that Redis did not hear of; raise RedisAway if it still cannot be."""
        async with self._clearing:  # Whoever comes meanwhile must not see what is not removed yet.
            await self._remove_missed()

    async def _remove_missed(self) -> None:
        if missed := self._missed:
            await self._remove("*")
            self._missed -= missed

    def _on_return(self) -> None:
        if self._missed:
            self._discarding = asyncio.create_task(self._discard_at_return(), name="leaderboards-discard")

    async def _discard_at_return(self) -> None:
        try:
            await self._discard()
        except RedisAway:
            log.debug("leaderboards_not_discarded")

    def _full(self, key: str) -> str:
        return f"{self._redis.namespace}:leaderboard:{key}"


def _sent(client: Redis, *words: str | int) -> Awaitable[Any]:
    sent: Awaitable[Any] = client.execute_command(*words)  # type: ignore[no-untyped-call]
    return sent


def _build(key: str) -> str:
    return f"{key}:build"


def _entry(member_id: int) -> str:
    return f"{member_id:020d}"


def _mark(text: bytes) -> Mark:
    member, _, token = text.decode()[1:].partition(":")
    return Mark(int(member), token)


def _page(size: int, first: int, found: list[bytes]) -> Page:
    pairs = zip(found[::2], found[1::2], strict=True)
    return Page(
        [Place(rank, int(member), -int(float(score))) for rank, (member, score) in enumerate(pairs, start=first)], size
    )
