"""Whatever is done in whatever order: pages, ranks and neighbours are those of the sorted table."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guildbase.services.container import BotServices
from guildbase.services.leaderboards.board import Around, Mark
from guildbase.services.redis import RedisConnection
from tests.factories import new_id
from tests.services.leaderboards.ranking import XP, Ranking

MEMBERS = sorted(new_id() for _ in range(6))
_member = st.integers(0, len(MEMBERS) - 1)
_score = st.one_of(st.none(), st.integers(-3, 3), st.integers(-(1 << 53), 1 << 53))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.dictionaries(_member, _score, min_size=1)),
        st.tuples(st.just("store"), st.dictionaries(_member, _score, min_size=1)),
        st.tuples(st.just("remove"), _member),
        st.tuples(st.sampled_from(["begin", "read", "finish", "look", "settle", "lose", "ask", "forget"]), _member),
    ),
    max_size=25,
)
_guilds = itertools.count(new_id())


class Player:
    """Plays the steps on one guild; a copy is made, and marks are settled, in pieces that anything may come between."""

    def __init__(self, ranking: Ranking, services: BotServices) -> None:
        self.guild = next(_guilds)
        self.key = f"xp:{self.guild}"
        self._ranking = ranking
        self._services = services
        self._copies: Any = ranking.boards._copies
        self._token: str | None = None
        self._rows: list[tuple[int, int]] = []
        self._seen: list[Mark] = []
        self._scores: dict[int, int] = {}
        self._untold: set[int] = set()

    async def play(self, step: tuple[str, Any]) -> None:
        name, argument = step
        await getattr(self, f"_{name}")(argument)

    async def check(self) -> None:
        """Ask everything and compare it with the table."""
        await self._ranking.boards.changed(XP, self.guild, *self._untold)
        self._untold.clear()
        truth = await self._ranking.truth(self.guild)
        boards = self._ranking.boards
        assert await boards.page(XP, self.guild, count=100) == (truth, len(truth))
        assert await boards.page(XP, self.guild, start=2, count=2) == (truth[2:4], len(truth))
        by_member = {place.member_id: index for index, place in enumerate(truth)}
        for member in MEMBERS:
            index = by_member.get(member)
            near = [] if index is None else truth[max(0, index - 1) : index + 2]
            assert await boards.around(XP, self.guild, member, each_side=1) == (near, len(truth))

    async def _set(self, scores: dict[int, int | None]) -> None:
        await self._ranking.set(self.guild, {MEMBERS[member]: score for member, score in scores.items()})

    async def _store(self, scores: dict[int, int | None]) -> None:
        """Commit now and tell later."""
        await self._ranking.store(self.guild, {MEMBERS[member]: score for member, score in scores.items()})
        self._untold.update(MEMBERS[member] for member in scores)

    async def _remove(self, member: int) -> None:
        await self._ranking.remove(self.guild, MEMBERS[member])

    async def _begin(self, _: int) -> None:
        self._token, self._rows = await self._copies.begin(self.key) or self._token, []

    async def _read(self, _: int) -> None:
        self._rows = [(place.member_id, place.score) for place in await self._ranking.truth(self.guild)]

    async def _finish(self, _: int) -> None:
        """Write what was read in one moment after the beginning, or nothing."""
        if self._token is None:
            return
        rows = self._rows or [(place.member_id, place.score) for place in await self._ranking.truth(self.guild)]
        if rows:
            await self._copies.add(self.key, self._token, rows)
        await self._copies.finish(self.key, self._token)
        self._token = None

    async def _look(self, member: int) -> None:
        found = await self._copies.look(self.key, Around(MEMBERS[member], 1))
        if isinstance(found, list):
            self._seen = found
            self._scores = {place.member_id: place.score for place in await self._ranking.truth(self.guild)}

    async def _settle(self, _: int) -> None:
        await self._copies.settle(self.key, self._seen, self._scores) if self._seen else None

    async def _lose(self, _: int) -> None:
        """Empty Redis, or drop what the process holds."""
        if self._services.get(RedisConnection) if _has_redis(self._services) else None:
            redis = self._services.get(RedisConnection)
            keys = [redis.key("leaderboard", self.key), redis.key("leaderboard", f"{self.key}:build")]
            await redis.run(lambda client: client.delete(*keys))
        else:
            await self._ranking.boards.drop(self.guild)

    async def _ask(self, member: int) -> None:
        await self._ranking.boards.rank(XP, self.guild, MEMBERS[member])

    async def _forget(self, member: int) -> None:
        await self._ranking.boards.forget_member(MEMBERS[member])


def _has_redis(services: BotServices) -> bool:
    return RedisConnection in services._instances


@pytest.mark.usefixtures("backing")
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
async def test_every_answer_is_the_sorted_tables(
    ranking: Ranking, services: BotServices, steps: list[tuple[str, Any]]
) -> None:
    player = Player(ranking, services)
    for step in steps:
        await player.play(step)
    await player.check()
    await ranking.boards.build(XP, player.guild)
    await player.check()
