"""What a leaderboard promises, kept alike in the process and in Redis, on both databases."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import pytest
from sqlmodel import col

from guildbase.core.errors import InvalidInput
from guildbase.services.container import BotServices
from guildbase.services.leaderboards import Board, Page, Place
from guildbase.services.leaderboards.board import Around
from guildbase.services.redis import RedisConnection
from tests.factories import new_id
from tests.services.leaderboards.ranking import XP, Level, Ranking
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("backing")
MEMBERS = sorted(new_id() for _ in range(8))


async def _complete(ranking: Ranking, guild: int) -> None:
    """Have a copy that answers."""
    assert await ranking.boards.build(XP, guild)
    before = ranking.boards.counts["copy"]
    await ranking.boards.page(XP, guild)
    assert ranking.boards.counts["copy"] == before + 1


async def test_ties_stand_in_the_order_of_age_in_the_copy_as_in_the_database(ranking: Ranking) -> None:
    guild, (a, b, c, d, e) = new_id(), MEMBERS[:5]
    await ranking.set(guild, {e: 7, b: 5, d: 5, c: 5, a: -3})
    expected = [Place(1, e, 7), Place(2, b, 5), Place(3, c, 5), Place(4, d, 5), Place(5, a, -3)]
    assert await ranking.boards.page(XP, guild) == Page(expected, 5)
    await _complete(ranking, guild)
    assert await ranking.boards.page(XP, guild) == Page(expected, 5)
    assert [await ranking.boards.rank(XP, guild, member) for member in (a, b, c, d, e)] == [5, 2, 3, 4, 1]
    assert await ranking.boards.place(XP, guild, a) == expected[-1]


@pytest.mark.parametrize("is_copied", [False, True])
async def test_pages_and_neighbours_end_at_the_ends(ranking: Ranking, is_copied: bool) -> None:
    guild = new_id()
    await ranking.set(guild, {member: -index for index, member in enumerate(MEMBERS)})
    if is_copied:
        await _complete(ranking, guild)
    places = await ranking.truth(guild)
    boards = ranking.boards
    for start in range(10):
        assert await boards.page(XP, guild, start=start, count=3) == Page(places[start : start + 3], 8)
    for index, member in enumerate(MEMBERS):
        near = places[max(0, index - 2) : index + 3]
        assert await boards.around(XP, guild, member) == Page(near, 8)
    assert await boards.around(XP, guild, MEMBERS[3], each_side=100) == Page(places, 8)


@pytest.mark.parametrize("is_copied", [False, True])
async def test_who_has_no_score_is_not_ranked(ranking: Ranking, is_copied: bool) -> None:
    guild, (a, b, c) = new_id(), MEMBERS[:3]
    await ranking.set(guild, {a: 1, b: None})
    if is_copied:
        await _complete(ranking, guild)
    for stranger in (b, c):
        assert await ranking.boards.rank(XP, guild, stranger) is None
        assert await ranking.boards.place(XP, guild, stranger) is None
        assert await ranking.boards.around(XP, guild, stranger) == Page([], 1)


async def test_an_empty_leaderboard_is_complete_too(ranking: Ranking) -> None:
    guild = new_id()
    assert await ranking.boards.page(XP, guild) == Page([], 0)
    await _complete(ranking, guild)
    assert await ranking.boards.page(XP, guild) == Page([], 0)
    assert await ranking.boards.rank(XP, guild, MEMBERS[0]) is None


async def test_a_question_makes_the_copy_that_answers_the_next(ranking: Ranking) -> None:
    guild = new_id()
    await ranking.set(guild, {MEMBERS[0]: 1})
    assert await ranking.boards.rank(XP, guild, MEMBERS[0]) == 1
    assert ranking.boards.counts["database"] == 1
    await until(lambda: ranking.boards.counts["built"] == 1)
    assert await ranking.boards.rank(XP, guild, MEMBERS[0]) == 1
    assert (ranking.boards.counts["database"], ranking.boards.counts["copy"]) == (1, 1)


async def test_a_change_is_in_the_next_answer(ranking: Ranking) -> None:
    guild, (a, b, c) = new_id(), MEMBERS[:3]
    await ranking.set(guild, {a: 3, b: 2})
    await _complete(ranking, guild)
    await ranking.set(guild, {b: 4, c: 1})
    assert await ranking.boards.page(XP, guild) == Page([Place(1, b, 4), Place(2, a, 3), Place(3, c, 1)], 3)
    await ranking.remove(guild, a)
    await ranking.set(guild, {b: None})
    assert await ranking.boards.page(XP, guild) == Page([Place(1, c, 1)], 1)
    assert ranking.boards.counts["database"] == 0


async def test_changes_told_in_the_wrong_order_or_twice_do_no_harm(ranking: Ranking) -> None:
    guild, member = new_id(), MEMBERS[0]
    await ranking.set(guild, {member: 1})
    await _complete(ranking, guild)
    await ranking.store(guild, {member: 2})
    await ranking.store(guild, {member: 3})
    for _ in range(3):
        await ranking.boards.changed(XP, guild, member)
    assert await ranking.boards.place(XP, guild, member) == Place(1, member, 3)


async def test_more_changes_than_are_settled_at_once_are_all_in_the_answer(ranking: Ranking) -> None:
    guild = new_id()
    await _complete(ranking, guild)
    first = new_id()
    await ranking.set(guild, {first + index: index for index in range(2_500)})
    assert await ranking.boards.rank(XP, guild, first) == 2_500
    # The marks are more than one question settles, so the database answered; the next question finds the rest done.
    assert await ranking.boards.rank(XP, guild, first) == 2_500
    assert (await ranking.boards.page(XP, guild, start=2_000, count=1_000)).places == (await ranking.truth(guild))[
        2_000:
    ]
    assert ranking.boards.counts["copy"] >= 2


async def test_guilds_and_boards_do_not_share_places(ranking: Ranking) -> None:
    one, two = new_id(), new_id()
    other = Board("other", col(Level.guild_id), col(Level.user_id), col(Level.xp), where=(col(Level.xp) > 5,))
    await ranking.set(one, {MEMBERS[0]: 1, MEMBERS[1]: 9})
    await ranking.set(two, {MEMBERS[0]: 2})
    await _complete(ranking, one)
    await _complete(ranking, two)
    await ranking.boards.build(other, one)
    assert (await ranking.boards.page(XP, one)).size == 2
    assert await ranking.boards.page(other, one) == Page([Place(1, MEMBERS[1], 9)], 1)
    assert await ranking.boards.page(XP, two) == Page([Place(1, MEMBERS[0], 2)], 1)


async def test_scores_are_exact_up_to_2_to_the_53(ranking: Ranking) -> None:
    guild, edge = new_id(), 1 << 53
    scores: dict[int, int | None] = dict(zip(MEMBERS, (edge, edge - 1, edge - 2, -edge, 1 - edge, 0), strict=False))
    await ranking.set(guild, scores)
    await _complete(ranking, guild)
    assert (await ranking.boards.page(XP, guild)).places == await ranking.truth(guild)
    await ranking.set(guild, {MEMBERS[6]: 1 - edge, MEMBERS[7]: edge - 1})
    assert (await ranking.boards.page(XP, guild)).places == await ranking.truth(guild)
    assert ranking.boards.counts["database"] == 0


async def test_a_score_beyond_is_never_rounded(ranking: Ranking) -> None:
    guild, beyond = new_id(), (1 << 53) + 1
    await ranking.set(guild, {MEMBERS[0]: 1})
    await _complete(ranking, guild)
    await ranking.set(guild, {MEMBERS[1]: beyond, MEMBERS[2]: beyond - 1})
    for _ in range(2):
        places = (await ranking.boards.page(XP, guild)).places
        assert [place.score for place in places] == [beyond, beyond - 1, 1]
        assert not await ranking.boards.build(XP, guild)
    assert ranking.boards.counts["failed"] >= 1
    # Once it is gone the copy answers again.
    await ranking.set(guild, {MEMBERS[1]: 2, MEMBERS[2]: 3})
    assert [place.score for place in (await ranking.boards.page(XP, guild)).places] == [3, 2, 1]
    await _complete(ranking, guild)


async def test_what_cannot_be_copied_is_not_tried_at_each_question(ranking: Ranking) -> None:
    guild = new_id()
    await ranking.set(guild, {MEMBERS[0]: 1 << 60})
    await ranking.boards.page(XP, guild)
    await until(lambda: ranking.boards.counts["failed"] == 1)
    for _ in range(5):
        await ranking.boards.page(XP, guild)
    await asyncio.sleep(0)
    assert (ranking.boards.counts["failed"], ranking.boards._builds) == (1, {})


async def test_an_erased_member_is_in_no_copy(ranking: Ranking) -> None:
    one, two, three = new_id(), new_id(), new_id()
    for guild in (one, two):
        await ranking.set(guild, {MEMBERS[0]: 1, MEMBERS[1]: 2})
        await _complete(ranking, guild)
    await ranking.set(three, {MEMBERS[1]: 3})
    await _complete(ranking, three)
    await ranking.boards.changed(XP, two, MEMBERS[0])
    await ranking.boards.forget_member(MEMBERS[0])
    counts = ranking.boards.counts
    counts.clear()
    for guild in (one, two, three):
        await ranking.boards.page(XP, guild)
    assert (counts["database"], counts["copy"]) == (2, 1)


async def test_an_erasure_is_not_undone_by_a_copy_that_is_being_made(ranking: Ranking) -> None:
    guild = new_id()
    key, copies = f"xp:{guild}", ranking.boards._copies
    token = await copies.begin(key)
    assert token is not None
    assert await copies.add(key, token, [(MEMBERS[0], 1)])
    assert await copies.begin(key) is None
    await ranking.boards.forget_member(MEMBERS[0])
    assert not await copies.add(key, token, [(MEMBERS[0], 1)])
    assert not await copies.finish(key, token)
    await copies.abandon(key, token)
    assert await ranking.boards.build(XP, guild)


async def test_an_erased_guild_has_no_copy(ranking: Ranking) -> None:
    one, two = new_id(), new_id()
    for guild in (one, two):
        await ranking.set(guild, {MEMBERS[0]: 1})
        await _complete(ranking, guild)
    token = await ranking.boards._copies.begin(f"xp:{one}")
    await ranking.boards.drop(one)
    assert not await ranking.boards._copies.finish(f"xp:{one}", str(token))
    ranking.boards.counts.clear()
    await ranking.boards.page(XP, one)
    await ranking.boards.page(XP, two)
    assert (ranking.boards.counts["database"], ranking.boards.counts["copy"]) == (1, 1)


async def test_a_change_while_the_copy_is_made_is_in_the_copy(ranking: Ranking) -> None:
    guild, member = new_id(), MEMBERS[0]
    key, copies = f"xp:{guild}", ranking.boards._copies
    token = await copies.begin(key)
    assert token is not None
    # The old score was read, and is written after the change.
    await ranking.set(guild, {member: 9})
    assert await copies.add(key, token, [(member, 1)])
    assert await copies.finish(key, token)
    assert await ranking.boards.place(XP, guild, member) == Place(1, member, 9)
    assert ranking.boards.counts["database"] == 0


async def test_a_slow_reader_does_not_settle_what_a_quicker_one_read_later(ranking: Ranking) -> None:
    guild, member = new_id(), MEMBERS[0]
    key, copies = f"xp:{guild}", ranking.boards._copies
    await ranking.set(guild, {member: 1})
    await _complete(ranking, guild)
    await ranking.set(guild, {member: 2})
    slow = await copies.look(key, Around(member, 0))
    assert isinstance(slow, list)
    await ranking.set(guild, {member: 3})
    assert await ranking.boards.place(XP, guild, member) == Place(1, member, 3)
    await copies.settle(key, slow, {member: 2})
    assert await ranking.boards.place(XP, guild, member) == Place(1, member, 3)


async def test_a_copy_ends_with_its_time(
    ranking: Ranking, services: BotServices, monkeypatch: pytest.MonkeyPatch, backing: dict[str, Any]
) -> None:
    guild = new_id()
    await ranking.set(guild, {MEMBERS[0]: 1})
    await _complete(ranking, guild)
    if backing:
        redis = services.get(RedisConnection)
        key = redis.key("leaderboard", "xp", guild)
        assert 3_590_000 < await redis.run(lambda client: client.pttl(key)) <= 3_600_000
        await redis.run(lambda client: client.pexpire(key, 1))
        await until(lambda: _gone(redis, key))
    else:
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 3_601)
    ranking.boards.counts.clear()
    assert await ranking.boards.rank(XP, guild, MEMBERS[0]) == 1
    assert ranking.boards.counts["database"] == 1


async def _gone(redis: RedisConnection, key: str) -> bool:
    return not await redis.run(lambda client: client.exists(key))


async def test_pages_out_of_all_bounds_are_refused(ranking: Ranking) -> None:
    for start, count in ((-1, 1), (0, 0), (0, 1_001), (1 << 53, 1)):
        with pytest.raises(InvalidInput, match="no page"):
            await ranking.boards.page(XP, 1, start=start, count=count)
    for each_side in (-1, 101):
        with pytest.raises(InvalidInput, match="each side"):
            await ranking.boards.around(XP, 1, 1, each_side=each_side)


async def test_answers_are_never_older_than_what_was_told_before_the_question(
    ranking: Ranking,
) -> None:
    guild, dice, stale, told = new_id(), random.Random(5), list[str](), dict.fromkeys(MEMBERS, 0)  # noqa: S311
    await ranking.set(guild, dict.fromkeys(MEMBERS, 0))

    async def write(member: int) -> None:
        for score in range(1, 25):
            await ranking.set(guild, {member: score})
            told[member] = score

    async def read() -> None:
        for _ in range(60):
            member = dice.choice(MEMBERS)
            known = told[member]
            place = await ranking.boards.place(XP, guild, member)
            if place is None or place.score < known:
                stale.append(f"{place} after {known}")

    async def disturb() -> None:
        for _ in range(12):
            await ranking.boards.build(XP, guild)
            if dice.random() < 0.3:
                await ranking.boards.drop(guild)

    await asyncio.gather(*map(write, MEMBERS[:4]), *(read() for _ in range(3)), disturb())
    assert stale == []
    assert await ranking.boards.build(XP, guild)
    assert (await ranking.boards.page(XP, guild)).places == await ranking.truth(guild)
