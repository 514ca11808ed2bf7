"""Answers who stands where: from a copy where there is one, else from the database while a copy is made."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import aclosing

import structlog

from guildbase.core.errors import InvalidInput
from guildbase.database.manager import DatabaseManager
from guildbase.services.leaderboards.board import (
    LONGEST_PAGE,
    Around,
    Board,
    Copies,
    Mark,
    Page,
    Place,
    Question,
    ScoreTooLarge,
    Slice,
)
from guildbase.services.leaderboards.queries import answer, scores_of, stream

log = structlog.get_logger(__name__)

BUILDS_AT_ONCE = 2  # Each holds a connection to the database.
PASSES = 3
"""How often marks are settled before the database is asked instead, since they may come faster than that."""
PAUSE_AFTER_FAILURE = 10.0  # seconds
MARKS_AT_ONCE = 1_000


class Leaderboards:
    """The leaderboards of all guilds. No answer is older than the last change that was told by `changed`."""

    def __init__(self, database: DatabaseManager, copies: Copies) -> None:
        self._database = database
        self._copies = copies
        self._builds: dict[str, asyncio.Task[bool]] = {}
        self._not_before: dict[str, float] = {}
        self._turns = asyncio.Semaphore(BUILDS_AT_ONCE)
        self.counts: Counter[str] = Counter()
        """Answers from a `copy` and from the `database`, copies `built` and `failed`."""

    async def rank(self, board: Board, guild_id: int, member_id: int) -> int | None:
        """Return the member's rank from 1, or None if the member is not ranked.

        Raises:
            DatabaseUnavailable: there is no copy, and the database cannot be reached.
        """
        place = await self.place(board, guild_id, member_id)
        return None if place is None else place.rank

    async def place(self, board: Board, guild_id: int, member_id: int) -> Place | None:
        """Return the member's rank and score, or None if the member is not ranked."""
        found = await self._ask(board, guild_id, Around(member_id, 0))
        return found.places[0] if found.places else None

    async def page(self, board: Board, guild_id: int, *, start: int = 0, count: int = 10) -> Page:
        """Return up to `count` places (at most 1,000) after the first `start`, and the number of all.

        Raises:
            InvalidInput: there is no such page.
        """
        if not (0 <= start < 1 << 53 and 1 <= count <= LONGEST_PAGE):
            raise InvalidInput(f"There is no page of {count} after {start}.", hint=f"Ask for 1 to {LONGEST_PAGE:,}.")
        return await self._ask(board, guild_id, Slice(start, count))

    async def around(self, board: Board, guild_id: int, member_id: int, *, each_side: int = 2) -> Page:
        """Return the member's place with so many (at most 100) on each side of it; no places if it is not ranked.

        Raises:
            InvalidInput: these are too many.
        """
        if not 0 <= each_side <= 100:
            raise InvalidInput(f"{each_side} cannot be shown on each side.", hint="Ask for 0 to 100.")
        return await self._ask(board, guild_id, Around(member_id, each_side))

    async def changed(self, board: Board, guild_id: int, *member_ids: int) -> None:
        """Tell that these members' scores changed, or their rows went; call it after the commit. It never raises."""
        key = _key(board, guild_id)
        for start in range(0, len(member_ids), MARKS_AT_ONCE):
            await self._copies.mark(key, member_ids[start : start + MARKS_AT_ONCE])

    async def build(self, board: Board, guild_id: int) -> bool:
        """Make a new copy of the leaderboard; False if that was not possible, or another process is at it."""
        return await asyncio.shield(self._started(board, guild_id))

    async def drop(self, guild_id: int) -> None:
        """Remove all copies of the guild's leaderboards, whose rows are erased."""
        await self._copies.drop(guild_id)

    async def forget_member(self, member_id: int) -> None:
        """Remove all copies with a member whose rows are erased."""
        await self._copies.forget(member_id)

    async def close(self) -> None:
        """Give up the copies that are being made."""
        for task in tuple(self._builds.values()):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._copies.close()

    async def _ask(self, board: Board, guild_id: int, question: Question) -> Page:
        key = _key(board, guild_id)
        try:
            for _ in range(PASSES):
                found = await self._copies.look(key, question)
                if isinstance(found, Page):
                    self.counts["copy"] += 1
                    return found
                if found is None:
                    if time.monotonic() >= self._not_before.get(key, 0):
                        self._started(board, guild_id)
                    break
                await self._settle(board, guild_id, key, found)
        except ScoreTooLarge as error:
            log.warning("leaderboard_not_copied", board=board.name, guild_id=guild_id, reason=error.message)
        self.counts["database"] += 1
        async with self._database.read_session(fresh=True) as session:
            return await answer(session, board, guild_id, question)

    async def _settle(self, board: Board, guild_id: int, key: str, marks: list[Mark]) -> None:
        async with self._database.read_session(fresh=True) as session:
            scores = await scores_of(session, board, guild_id, (mark.member_id for mark in marks))
        await self._copies.settle(key, marks, scores)

    def _started(self, board: Board, guild_id: int) -> asyncio.Task[bool]:
        """Return the task that makes the copy, the one that runs already if there is one."""
        key = _key(board, guild_id)
        if key not in self._builds:
            task = asyncio.create_task(self._build(board, guild_id, key), name=f"leaderboard-{key}")
            task.add_done_callback(lambda _: self._builds.pop(key))
            self._builds[key] = task
        return self._builds[key]

    async def _build(self, board: Board, guild_id: int, key: str) -> bool:
        async with self._turns:
            token = await self._copies.begin(key)
            if token is None:
                return False
            try:
                is_done = await self._copy(board, guild_id, key, token)
            except Exception:
                # The database goes on answering, and tells whoever asks if it cannot.
                log.warning("leaderboard_not_copied", board=board.name, guild_id=guild_id, exc_info=True)
                is_done = False
            if not is_done:
                await self._copies.abandon(key, token)
                self._pause(key)
            self.counts["built" if is_done else "failed"] += 1
            return is_done

    async def _copy(self, board: Board, guild_id: int, key: str, token: str) -> bool:
        # The rows are read after `begin`, so whatever changes later is marked in this copy too.
        async with (
            self._database.read_session(fresh=True) as session,
            aclosing(stream(session, board, guild_id)) as chunks,
        ):
            async for scores in chunks:
                if not await self._copies.add(key, token, scores):
                    return False
        return await self._copies.finish(key, token)

    def _pause(self, key: str) -> None:
        """Let the database answer alone for a while, so that what cannot be copied is not tried at each question."""
        now = time.monotonic()
        self._not_before = {each: until for each, until in self._not_before.items() if until > now}
        self._not_before[key] = now + PAUSE_AFTER_FAILURE


def _key(board: Board, guild_id: int) -> str:
    return f"{board.name}:{guild_id}"
