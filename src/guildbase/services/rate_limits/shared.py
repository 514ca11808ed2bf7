"""The counter that all processes share: one script in Redis, which does the same as the counter of one process.

The moments lie in one text, 16 digits each, microseconds of Redis's own clock. They are written by a single SET with
an expiry, so that no key can stay for ever, whenever the script or the server is ended.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, cast

from guildbase.services.redis import RedisAway, RedisConnection

if TYPE_CHECKING:
    from redis.asyncio import Redis

SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local log = redis.pcall('GET', KEYS[1])
-- What is not ours, or comes from a clock that was far ahead, must not stop anybody.
if type(log) ~= 'string' or #log % 16 ~= 0 or string.find(log, '%D')
  or (#log > 0 and tonumber(string.sub(log, -16)) > now + window) then log = '' end
local first = 1
while first < #log and tonumber(string.sub(log, first, first + 15)) <= now - window do first = first + 16 end
local surplus = (#log + 1 - first) / 16 + cost - limit
if surplus > 0 then
  local free = first + (surplus - 1) * 16
  return now - window - tonumber(string.sub(log, free, free + 15))
end
if cost > 0 then
  log = string.sub(log, first) .. string.rep(string.format('%016.0f', now), cost)
  redis.call('SET', KEYS[1], log, 'PX', math.ceil(window / 1000))
end
return -surplus
"""
SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
MICRO = 1_000_000


class SharedLog:
    """Counts for one window of so many seconds, by Redis's clock."""

    def __init__(self, redis: RedisConnection, policy: str, window: float) -> None:
        self._redis = redis
        self._prefix = redis.key("rate", policy, "")
        self._window = round(window * MICRO)

    async def count(self, key: str, limit: int, cost: int, _work: object = None) -> float:
        """Return how many are left after these, or, below zero, the seconds to wait; then nothing was counted.

        Raises:
            RedisAway: Redis cannot count now.
        """
        from redis.exceptions import NoScriptError, RedisError

        name, window = self._prefix + key, self._window

        async def run(client: Redis) -> int:
            try:
                return cast("int", await client.evalsha(SHA, 1, name, limit, window, cost))
            except NoScriptError:  # The server was restarted, or its scripts were thrown away.
                return cast("int", await client.eval(SCRIPT, 1, name, limit, window, cost))

        try:
            answer = await self._redis.run(run)
        except RedisError as error:  # It answers, but its memory is full or another's script keeps it busy.
            raise RedisAway from error
        return answer if answer >= 0 else answer / MICRO
