"""What is a raid and what is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guildbase.features.antiraid.kinds import Cause
from guildbase.features.antiraid.rules.detector import Detector, Finding, Join, Limits, plain_name

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LIMITS = Limits(
    joins=10, window=timedelta(seconds=15), new_account=timedelta(days=7), new_share=80, alike=6, messages=6
)
NAMES = ("ada", "grace", "alan", "edsger", "barbara", "donald", "tony", "niklaus", "john", "frances", "linus", "ken")


def _join(number: int, **changes: object) -> Join:
    given: dict[str, object] = {
        "name": NAMES[number % len(NAMES)],
        "avatar": None,
        "created_at": NOW - timedelta(days=100 + number),
        "joined_at": NOW + timedelta(seconds=number),
    }
    return Join(number, **given | changes)  # type: ignore[arg-type]


def _come(*joins: Join) -> Finding | None:
    detector, found = Detector(), None
    for join in joins:
        found = found or detector.joined(join, LIMITS)
    return found


def test_a_few_who_come_one_after_the_other_are_none() -> None:
    assert _come(*(_join(number) for number in range(9))) is None
    assert _come(*(_join(number, joined_at=NOW + timedelta(seconds=5 * number)) for number in range(12))) is None


@pytest.mark.parametrize(
    ("count", "changes", "cause"),
    [
        (10, {}, Cause.JOINS),
        (5, {"created_at": NOW - timedelta(days=1)}, Cause.NEW),
        (6, {"name": "free_nitro42"}, Cause.NAMES),
        (6, {"avatar": "abc"}, Cause.AVATARS),
        (6, {"created_at": NOW - timedelta(days=50)}, Cause.BIRTHS),
    ],
)
def test_each_cause_is_noticed_with_all_who_take_part(count: int, changes: dict[str, object], cause: Cause) -> None:
    joins = [_join(number, **changes) for number in range(count)]
    assert _come(*joins[:-1]) is None
    found = _come(*joins)
    assert found is not None
    assert cause in found.causes
    assert found.joins == tuple(joins)


def test_newcomers_who_write_at_once_are_one_and_others_are_not() -> None:
    detector = Detector()
    old = _join(1, joined_at=NOW - timedelta(hours=1))
    assert all(detector.wrote(old, NOW, LIMITS) is None for _ in range(20))
    assert detector.is_idle
    lone = _join(2)
    assert all(detector.wrote(lone, NOW, LIMITS) is None for _ in range(20))
    later = NOW + timedelta(minutes=1)
    people = [_join(number) for number in range(3)]
    found = [detector.wrote(people[number % 3], later, LIMITS) for number in range(6)]
    assert found[:-1] == [None] * 5
    assert found[-1] is not None
    assert found[-1].causes == (Cause.MESSAGES,)
    assert {it.user_id for it in found[-1].joins} == {0, 1, 2}


def test_what_is_past_counts_no_longer() -> None:
    detector = Detector()
    detector.joined(_join(0), LIMITS)
    assert detector.count(NOW, LIMITS) == 1
    assert detector.count(NOW + timedelta(minutes=1), LIMITS) == 0


def test_names_are_alike_whatever_is_around_their_letters() -> None:
    assert plain_name("Nitró_001") == plain_name("\uff4eitr\uff4f") == plain_name("n.i.t.r.o")
    assert plain_name("12_3") == ""
