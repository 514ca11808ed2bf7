"""What the copies in a process take is bounded."""

from __future__ import annotations

import pytest

from guildbase.services.leaderboards import Place, memory
from guildbase.services.leaderboards.board import Page, Slice
from guildbase.services.leaderboards.memory import MemoryCopies


async def _copied(copies: MemoryCopies, key: str, members: int) -> None:
    token = await copies.begin(key)
    assert token is not None
    assert await copies.add(key, token, [(member, 1) for member in range(members)])
    assert await copies.finish(key, token)


async def test_the_copies_asked_least_recently_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_MEMBERS", 30)
    copies, anything = MemoryCopies(60), Slice(0, 1)
    for key in ("a", "b", "c"):
        await _copied(copies, key, 10)
    await copies.look("a", anything)
    await _copied(copies, "d", 10)
    assert [await copies.look(key, anything) is not None for key in "abcd"] == [True, False, True, True]
    await _copied(copies, "huge", 100)
    assert [await copies.look(key, anything) is not None for key in "acd"] == [False, False, False]
    assert await copies.look("huge", anything) == Page([Place(1, 0, 1)], 100)


async def test_regression_marks_of_a_copy_that_nobody_asks_do_not_pile_up() -> None:
    copies = MemoryCopies(60)
    await _copied(copies, "a:1", 3)
    for _ in range(100):
        await copies.mark("a:1", [1, 2])
    marks = await copies.look("a:1", Slice(0, 1))
    assert isinstance(marks, list)
    assert sorted(mark.member_id for mark in marks) == [1, 2]
    await copies.mark("a:1", [2])
    await copies.settle("a:1", marks, {1: 5, 2: 9})
    left = await copies.look("a:1", Slice(0, 1))
    assert isinstance(left, list)  # The change that came after the reading is still to be settled.
    assert [mark.member_id for mark in left] == [2]


async def test_regression_a_copy_that_has_had_its_time_takes_no_marks() -> None:
    copies = MemoryCopies(0)
    await _copied(copies, "a:1", 3)
    await copies.mark("a:1", [1])
    assert not copies._copies


async def test_marks_of_a_copy_that_is_gone_are_settled_by_nobody() -> None:
    copies = MemoryCopies(60)
    await _copied(copies, "a:1", 3)
    await copies.mark("a:1", [1])
    marks = await copies.look("a:1", Slice(0, 1))
    assert isinstance(marks, list)
    await copies.drop(1)
    await copies.settle("a:1", marks, {1: 5})
    assert await copies.look("a:1", Slice(0, 1)) is None
