"""What a leaderboard is made of, what it can be asked, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped

from guildbase.core.errors import ConfigurationError, InvalidInput

HIGHEST_SCORE = 1 << 53
"""Up to here sorted sets are exact, in both directions from zero."""
LONGEST_PAGE = 1_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class ScoreTooLarge(InvalidInput):
    """A score cannot be ordered exactly by the copies of a leaderboard."""

    code = "score_too_large"

    def __init__(self, score: object) -> None:
        super().__init__(
            f"The score {score} cannot be kept exactly.", hint="Use whole numbers of at most 2^53 on either side of 0."
        )


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """A leaderboard, declared by the feature that writes the table: highest score first, the older account in ties.

    The columns are of one table, such as `col(Level.xp)`; give it an index on guild and score for large guilds.
    """

    name: str
    guild: Mapped[int]
    member: Mapped[int]
    score: Mapped[int] | Mapped[int | None]
    """Rows without a score are not ranked."""
    where: tuple[ColumnElement[bool], ...] = ()
    """Conditions of rows that take part."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"{self.name!r} is no name of a leaderboard.",
                hint="Use up to 40 lower-case letters, digits and underscores.",
            )
        kind: Any = self.score
        if kind.type.python_type is not int:
            raise ConfigurationError(
                f"Leaderboard {self.name}: its scores are no whole numbers.", hint="Rank by an integer column."
            )


class Place(NamedTuple):
    """Where a member stands; ranks begin at 1."""

    rank: int
    member_id: int
    score: int


class Page(NamedTuple):
    """Some places in their order, and how many there are in all."""

    places: list[Place]
    size: int


class Slice(NamedTuple):
    """Asks for so many places after the first `start`."""

    start: int
    length: int


class Around(NamedTuple):
    """Asks for a member's place and so many on each side of it; for none if the member is not ranked."""

    member_id: int
    each_side: int


Question = Slice | Around


class Mark(NamedTuple):
    """Notes that a member's score in the database may differ from the copy's."""

    member_id: int
    token: str
    """Different for every change."""


Scores = Sequence[tuple[int, int]]
"""Members and their scores."""


class Copies(Protocol):
    """Copies of leaderboards in memory, each under a key and either complete or not there at all."""

    async def look(self, key: str, question: Question) -> Page | list[Mark] | None:
        """Answer from the copy, or return the marks that must be settled first, or None where there is no copy."""
        ...

    async def mark(self, key: str, member_ids: Sequence[int]) -> None:
        """Note that the members' scores changed, in the copy and in one that is being made."""
        ...

    async def settle(self, key: str, marks: Sequence[Mark], scores: dict[int, int]) -> None:
        """Give the marked members the scores that were read after the marks were seen (or none), if a mark is left."""
        ...

    async def begin(self, key: str) -> str | None:
        """Begin a copy and return its token; None while another one is being made, or where none can be."""
        ...

    async def add(self, key: str, token: str, scores: Scores) -> bool:
        """Add rows to the copy that is being made; False if it was lost meanwhile."""
        ...

    async def finish(self, key: str, token: str) -> bool:
        """Put the copy in the place of the old one; False if it was lost meanwhile."""
        ...

    async def abandon(self, key: str, token: str) -> None:
        """Give up the copy that is being made."""
        ...

    async def drop(self, guild_id: int) -> None:
        """Remove the guild's copies."""
        ...

    async def forget(self, member_id: int) -> None:
        """Remove all copies that the member is in, and all that are being made."""
        ...

    async def close(self) -> None:
        """End what is done in the background."""
        ...


def checked(score: int) -> int:
    """Return the score unchanged; raise ScoreTooLarge if a sorted set would round it."""
    if not -HIGHEST_SCORE <= score <= HIGHEST_SCORE:
        raise ScoreTooLarge(score)
    return score
