"""Copies of leaderboards in this process, for bots without Redis."""

from __future__ import annotations

import itertools
import time
from collections import OrderedDict
from collections.abc import Sequence
from itertools import islice

from sortedcontainers import SortedList

from guildbase.services.leaderboards.board import LONGEST_PAGE, Mark, Page, Place, Question, Scores, Slice, checked

MOST_MEMBERS = 1_000_000
"""Members of all copies together; a copy takes about 250 bytes for each. The copy asked last stays in any case."""


class MemoryCopies:
    """Sorted lists, of which the least recently asked go first."""

    def __init__(self, ttl: float) -> None:
        self._ttl = ttl
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._unfinished: dict[str, _Copy] = {}
        self._tokens = map(str, itertools.count())

    async def look(self, key: str, question: Question) -> Page | list[Mark] | None:
        """Answer from the copy, or return the marks that must be settled first, or None where there is no copy."""
        copy = self._current(key)
        if copy is None:
            return None
        self._copies.move_to_end(key)
        if copy.marks:
            return [Mark(*item) for item in islice(copy.marks.items(), LONGEST_PAGE)]
        return copy.answer(question)

    async def mark(self, key: str, member_ids: Sequence[int]) -> None:
        """Note that the members' scores changed, in the copy and in one that is being made."""
        for copy in (self._current(key), self._unfinished.get(key)):
            if copy is not None:
                copy.marks.update((member, next(self._tokens)) for member in member_ids)

    async def settle(self, key: str, marks: Sequence[Mark], scores: dict[int, int]) -> None:
        """Give the marked members the scores that were read after the marks were seen (or none), if a mark is left."""
        copy = self._copies.get(key)
        if copy is None:
            return
        for member, token in marks:
            if copy.marks.get(member) == token:
                copy.put(member, scores.get(member))
                del copy.marks[member]

    async def begin(self, key: str) -> str | None:
        """Begin a copy and return its token; None while another one is being made."""
        if key in self._unfinished:
            return None
        self._unfinished[key] = _Copy(next(self._tokens))
        return self._unfinished[key].token

    async def add(self, key: str, token: str, scores: Scores) -> bool:
        """Add rows to the copy that is being made; False if it was lost meanwhile."""
        copy = self._being_made(key, token)
        if copy is not None:
            copy.extend(scores)
        return copy is not None

    async def finish(self, key: str, token: str) -> bool:
        """Put the copy in the place of the old one; False if it was lost meanwhile."""
        copy = self._being_made(key, token)
        if copy is None:
            return False
        copy.finished_at = time.monotonic()
        self._copies[key] = self._unfinished.pop(key)
        self._copies.move_to_end(key)
        while len(self._copies) > 1 and sum(len(each.scores) for each in self._copies.values()) > MOST_MEMBERS:
            self._copies.popitem(last=False)
        return True

    async def abandon(self, key: str, token: str) -> None:
        """Give up the copy that is being made."""
        if self._being_made(key, token) is not None:
            del self._unfinished[key]

    async def drop(self, guild_id: int) -> None:
        """Remove the guild's copies."""
        for copies in (self._copies, self._unfinished):
            for key in [key for key in copies if key.endswith(f":{guild_id}")]:
                del copies[key]

    async def forget(self, member_id: int) -> None:
        """Remove all copies that the member is in, and all that are being made."""
        self._unfinished.clear()
        for key in [key for key, copy in self._copies.items() if copy.names(member_id)]:
            del self._copies[key]

    async def close(self) -> None:
        """End nothing: all is done at once."""

    def _current(self, key: str) -> _Copy | None:
        """Return the copy, unless it has had its time."""
        copy = self._copies.get(key)
        if copy is not None and time.monotonic() - copy.finished_at > self._ttl:
            del self._copies[key]
            return None
        return copy

    def _being_made(self, key: str, token: str) -> _Copy | None:
        copy = self._unfinished.get(key)
        return copy if copy is not None and copy.token == token else None


class _Copy:
    """One leaderboard: the order as pairs of negated score and member, and each member's score."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.order: SortedList[tuple[int, int]] = SortedList()
        self.scores: dict[int, int] = {}
        self.marks: dict[int, str] = {}
        """The token of each member's last mark; a copy that nobody asks may be marked at every message."""
        self.finished_at = 0.0

    def extend(self, scores: Scores) -> None:
        self.order.update([(-checked(score), member) for member, score in scores])
        self.scores.update(scores)

    def put(self, member_id: int, score: int | None) -> None:
        old = self.scores.pop(member_id, None)
        if old is not None:
            self.order.remove((-old, member_id))
        if score is not None:
            self.order.add((-checked(score), member_id))
            self.scores[member_id] = score

    def names(self, member_id: int) -> bool:
        return member_id in self.scores or member_id in self.marks

    def answer(self, question: Question) -> Page:
        if isinstance(question, Slice):
            first, last = question.start, question.start + question.length
        else:
            score = self.scores.get(question.member_id)
            if score is None:
                return Page([], len(self.order))
            index = self.order.index((-score, question.member_id))
            first, last = max(0, index - question.each_side), index + question.each_side + 1
        found = self.order.islice(first, min(last, len(self.order)))
        places = [Place(rank, member, -negated) for rank, (negated, member) in enumerate(found, start=first + 1)]
        return Page(places, len(self.order))
