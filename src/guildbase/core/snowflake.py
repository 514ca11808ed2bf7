"""Discord's 64-bit ids: 42 bits of milliseconds since 2015, then worker, process and increment.

Source: https://discord.com/developers/docs/reference#snowflakes
"""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
SMALLEST = 1 << 22
LARGEST = (1 << 63) - 1
FIRST_PSEUDONYM = 7 << 60
"""Discord will not come to ids of this size before 2075; from here on they stand for people who were erased."""
_DIGITS = re.compile(r"[0-9]{1,20}")


def is_snowflake(value: int) -> bool:
    """Tell whether the number can be a Discord id (and fits a signed 64-bit column)."""
    return SMALLEST <= value <= LARGEST


def check_snowflake(value: int) -> int:
    """Return the id unchanged; raise ValueError when no Discord object can have it."""
    if not SMALLEST <= value <= LARGEST:  # Every id of every row passes here, and one call more would be felt.
        raise ValueError("not a Discord id (17 to 20 digits; copy it with Developer Mode on)")
    return value


def new_pseudonym() -> int:
    """Return a random number in the place of an id, which fits where ids fit and leads back to nobody."""
    return FIRST_PSEUDONYM + secrets.randbelow(LARGEST - FIRST_PSEUDONYM + 1)


def is_pseudonym(value: int) -> bool:
    """Tell whether the id stands for somebody who was erased."""
    return value >= FIRST_PSEUDONYM


def read_snowflake(text: str) -> int | None:
    """Return the id that a text writes in digits; None if it is none. Python's own conversion takes more."""
    return int(text) if _DIGITS.fullmatch(text) else None


def snowflake_time(value: int) -> datetime:
    """Return the moment (aware UTC) at which Discord made the id."""
    return datetime.fromtimestamp(((value >> 22) + DISCORD_EPOCH_MS) / 1000, tz=UTC)


def shard_of(guild_id: int, shard_count: int) -> int:
    """Return the shard that Discord sends this guild's events to."""
    return (guild_id >> 22) % shard_count


class SnowflakeMaker:
    """Makes ids that are unique and rise within this process; it never waits for the clock.

    `seconds` returns the seconds since 1970.
    """

    def __init__(self, seconds: Callable[[], float] = time.time) -> None:
        self._seconds = seconds
        self._last_ms = 0
        self._increments = itertools.count()

    def __call__(self) -> int:
        """Return the next id."""
        now = max(int(self._seconds() * 1000), self._last_ms)
        increment = next(self._increments)
        if increment and increment % 4096 == 0:
            now += 1  # A full counter borrows the next millisecond, so ids keep rising.
        self._last_ms = now
        return ((now - DISCORD_EPOCH_MS) << 22) | (increment % 4096)
