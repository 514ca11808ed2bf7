"""A made-up history of guilds, people and what they wrote, from which every feature derives its rows.

A feature brings them in its `seeds.py`: `def seed(world: SeedWorld) -> Iterator[SeedRows]`. Everything follows from the
numbers and the seed, so the same ones make the same rows on every database and machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from math import gcd
from typing import Any
from uuid import UUID

from guildbase.core.snowflake import DISCORD_EPOCH_MS
from guildbase.core.time_ids import first_time_id
from guildbase.database.base import Base

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
"""When the history ends; a fixed day, so that the rows do not change with the calendar."""
YEARS_OF_ACCOUNTS, YEARS_OF_GUILDS, DAYS_OF_MESSAGES = 9, 3, 180
SHARED = 0.7
"""Accounts for each membership: people are in several guilds."""
SKEW = 0.8
"""How much larger the first guilds are than the last: 0 makes all alike."""
_DAY = 86_400_000  # milliseconds
_YEAR = 365 * _DAY
_FIRST = (
    "amber", "brave", "calm", "dusty", "eager", "fuzzy", "gentle", "hollow", "icy", "jolly", "keen", "lucky", "misty",
    "noble", "odd", "proud", "quiet", "rusty", "silent", "tiny",
)  # fmt: skip
_SECOND = (
    "badger", "comet", "dragon", "ember", "falcon", "golem", "heron", "iris", "jackal", "knight", "lynx", "moth",
    "nova", "otter", "pixel", "quill", "raven", "sparrow", "tiger", "wolf",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeedRows:
    """Rows of one model; each has its values in the order of the columns."""

    model: type[Base]
    columns: tuple[str, ...]
    rows: Iterable[Sequence[Any]]
    count: int


@dataclass(frozen=True, slots=True)
class Person:
    """One account."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class SeededGuild:
    """One guild, with its share of members and messages."""

    guild_id: int
    joined_at: datetime
    size: int
    messages: int
    first: int
    step: int


@dataclass(frozen=True)
class SeedWorld:
    """So many guilds, memberships and messages, told apart from other worlds by the seed."""

    guild_count: int
    member_count: int
    message_count: int
    seed: int = 1
    until: datetime = field(default=UNTIL)

    @cached_property
    def guilds(self) -> list[SeededGuild]:
        """All guilds, the largest first."""
        dice = self.dice("guilds")
        sizes, messages = self._shares(self.member_count), self._shares(self.message_count)
        span = timedelta(days=365 * YEARS_OF_GUILDS - DAYS_OF_MESSAGES)
        begin = self.until - timedelta(days=365 * YEARS_OF_GUILDS)
        made = []
        for number in range(self.guild_count):
            joined_at = begin + span * dice.random()
            guild_id = self._snowflake(_milliseconds(joined_at) - (1 + dice.randrange(400)) * _DAY, number)
            first, step = dice.randrange(self.people_count), self._step(dice)
            made.append(SeededGuild(guild_id, joined_at, sizes[number], messages[number], first, step))
        return made

    @cached_property
    def people_count(self) -> int:
        """Number of accounts: enough for the largest guild, fewer than memberships."""
        largest = max(self._shares(self.member_count), default=0)
        return max(largest, round(self.member_count * SHARED), 1)

    def person(self, number: int) -> Person:
        """Return one account, from 0 on."""
        first, second = _FIRST[number % 20], _SECOND[number // 20 % 20]
        return Person(self.user_id(number), f"{first}_{second}{number // 400 or ''}")

    def user_id(self, number: int) -> int:
        """Return the id of one account; the higher the number, the younger the account."""
        youngest = _milliseconds(self.until - timedelta(days=1))
        age = YEARS_OF_ACCOUNTS * _YEAR * (self.people_count - number) // self.people_count
        return self._snowflake(youngest - age, number)

    def people_of(self, guild: SeededGuild) -> Iterator[int]:
        """Yield the numbers of the accounts in the guild, each once."""
        return (self.nth_of(guild, place) for place in range(guild.size))

    def nth_of(self, guild: SeededGuild, place: int) -> int:
        """Return the number of the account at a place in the guild, from 0 on; the first ones are its team."""
        return (guild.first + place * guild.step) % self.people_count

    def moments(self, guild: SeededGuild, number: int, dice: random.Random) -> list[datetime]:
        """Return so many moments in the time in which people wrote, the earliest first."""
        return sorted(self.until - timedelta(days=DAYS_OF_MESSAGES) * dice.random() for _ in range(number))

    def dice(self, *names: object) -> random.Random:
        """Return random numbers of a purpose; what one feature draws does not change another's."""
        return random.Random("/".join(map(str, (self.seed, *names))))  # noqa: S311 - nothing here is secret.

    def time_id(self, moment: datetime, dice: random.Random) -> UUID:
        """Return an id that carries the moment, as `new_time_id` makes them, but the same one every time."""
        return UUID(int=first_time_id(moment).int | 7 << 76 | 2 << 62 | dice.getrandbits(62))

    def _snowflake(self, made_at: int, number: int) -> int:
        return (made_at - DISCORD_EPOCH_MS) << 22 | ((number * 2_654_435_761 + self.seed * 40_503) & 0x3FFFFF)

    def _step(self, dice: random.Random) -> int:
        """Return by how many accounts one member is from the next, so that nobody is met twice."""
        wish = dice.randrange(self.people_count) + 1
        return next(step for step in count(wish) if gcd(step, self.people_count) == 1)

    def _shares(self, total: int) -> list[int]:
        """Split a number among the guilds, so that some are large and most are small."""
        weights = [1 / (place + 1) ** SKEW for place in range(self.guild_count)]
        whole = sum(weights)
        parts = [int(total * weight / whole) for weight in weights]
        for place in range(total - sum(parts)):
            parts[place % self.guild_count] += 1
        return parts


def _milliseconds(moment: datetime) -> int:
    """Return the milliseconds since 1970."""
    return int(moment.timestamp()) * 1000
