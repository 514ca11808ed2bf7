"""Notices a raid by who came in the last moments; it keeps what it needs in memory and nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from guildbase.features.antiraid.kinds import NEWCOMER, Cause

MOST_KEPT = 2000
"""Joins and messages that one server's window holds at most."""
BORN_TOGETHER = timedelta(hours=1)
WRITERS = 3
"""Newcomers whose messages together are a raid; one alone is spam, which automod deals with."""
_TAIL = re.compile(r"[\d\W_]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is a raid."""

    joins: int
    window: timedelta
    new_account: timedelta
    new_share: int
    """Percent."""
    alike: int
    messages: int


@dataclass(frozen=True, slots=True)
class Join:
    """Somebody came."""

    user_id: int
    name: str
    avatar: str | None
    created_at: datetime
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """A raid was noticed."""

    causes: tuple[Cause, ...]
    joins: tuple[Join, ...]
    """Those who take part, as far as they have come."""


class Detector:
    """What is known of one server's last moments."""

    def __init__(self) -> None:
        self._joins: deque[Join] = deque(maxlen=MOST_KEPT)
        self._messages: deque[tuple[datetime, Join]] = deque(maxlen=MOST_KEPT)

    def joined(self, join: Join, limits: Limits) -> Finding | None:
        """Note that somebody came; return the raid that this makes, if it does."""
        self._joins.append(join)
        recent = self._recent(join.joined_at, limits)
        if not (causes := tuple(_causes(recent, join.joined_at, limits))):
            return None
        return self._found(causes, recent)

    def wrote(self, author: Join, at: datetime, limits: Limits) -> Finding | None:
        """Note that a newcomer wrote; return the raid that this makes, if it does."""
        if at - author.joined_at > NEWCOMER:
            return None
        self._messages.append((at, author))
        while self._messages and at - self._messages[0][0] > limits.window:
            self._messages.popleft()
        writers = {it.user_id: it for _, it in self._messages}
        if len(self._messages) < limits.messages or len(writers) < WRITERS:
            return None
        return self._found((Cause.MESSAGES,), writers.values())

    def count(self, now: datetime, limits: Limits) -> int:
        """Return how many came within the window."""
        return len(self._recent(now, limits))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is kept."""
        return not (self._joins or self._messages)

    def _recent(self, now: datetime, limits: Limits) -> list[Join]:
        while self._joins and now - self._joins[0].joined_at > limits.window:
            self._joins.popleft()
        return [*self._joins]

    def _found(self, causes: tuple[Cause, ...], joins: Iterable[Join]) -> Finding:
        found = Finding(causes, tuple({it.user_id: it for it in joins}.values()))
        self._joins.clear()
        self._messages.clear()
        return found


def _causes(recent: list[Join], now: datetime, limits: Limits) -> Iterable[Cause]:
    if len(recent) >= limits.joins:
        yield Cause.JOINS
    new = sum(now - it.created_at < limits.new_account for it in recent)
    if len(recent) >= max(3, limits.joins // 2) and new * 100 >= limits.new_share * len(recent):
        yield Cause.NEW
    if len(recent) < limits.alike:
        return
    if _most(plain_name(it.name) for it in recent) >= limits.alike:
        yield Cause.NAMES
    if _most(it.avatar for it in recent) >= limits.alike:
        yield Cause.AVATARS
    if _born_together([it.created_at for it in recent]) >= limits.alike:
        yield Cause.BIRTHS


def _most(values: Iterable[Hashable]) -> int:
    """Return how often the most frequent value that is there comes."""
    return max(Counter(value for value in values if value).values(), default=0)


def _born_together(moments: list[datetime]) -> int:
    """Return how many of the moments at most lie within one hour."""
    ordered, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] > BORN_TOGETHER:
            first += 1
        most = max(most, last - first + 1)
    return most


def plain_name(name: str) -> str:
    """Return what makes a name alike others: its letters, whatever numbers, signs and look-alike forms it has."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = _TAIL.sub("", "".join(it for it in plain if not unicodedata.combining(it)))
    return letters if len(letters) >= 3 else ""
