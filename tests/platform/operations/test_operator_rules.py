"""What each finding means, exhaustively."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.platform.operations import rules

NOON = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "minutes"), [(1, 1), (4, 1), (5, 2), (24, 6), (168, 42), (720, 180)])
def test_a_graph_has_never_too_many_points(hours: int, minutes: int) -> None:
    assert rules.step(hours) == timedelta(minutes=minutes)
    assert hours * 60 / minutes <= rules.MOST_POINTS


def test_a_minute_begins_at_its_first_second() -> None:
    assert rules.minute_of(NOON) == NOON.replace(second=0)


def test_an_error_is_new_until_somebody_looks_and_again_when_it_comes_later() -> None:
    assert rules.is_new(NOON, None)
    assert rules.is_new(NOON, NOON - timedelta(seconds=1))
    assert not rules.is_new(NOON, NOON)


def test_only_the_operator_looks_after_the_installation() -> None:
    for caller in (SYSTEM, Caller(user_id=1, is_bot_owner=True)):
        rules.require_operator(caller)
    with pytest.raises(PermissionDenied):
        rules.require_operator(Caller(user_id=1, is_guild_owner=True))


@pytest.mark.parametrize(
    ("check", "status"),
    [
        (rules.database_check(None), "down"),
        (rules.database_check(0.2), "warning"),
        (rules.database_check(0.001), "ok"),
        (rules.redis_check("not_used"), "ok"),
        (rules.redis_check("ok"), "ok"),
        (rules.redis_check("degraded"), "down"),
        (rules.shards_check([]), "down"),
        (rules.shards_check([("ready", False), ("gone", False)]), "down"),
        (rules.shards_check([("ready", True)]), "warning"),
        (rules.shards_check([("connecting", False)]), "warning"),
        (rules.shards_check([("ready", False)]), "ok"),
        (rules.processes_check(2, []), "ok"),
        (rules.processes_check(1, ["a"]), "warning"),
        (rules.loops_check([]), "ok"),
        (rules.loops_check(["b", "a"]), "down"),
        (rules.due_check(61, 0), "down"),
        (rules.due_check(0, 1), "warning"),
        (rules.due_check(0, 0), "ok"),
        (rules.outbox_check(61), "down"),
        (rules.outbox_check(0), "ok"),
    ],
)
def test_what_is_not_well_says_what_to_do(check: rules.Check, status: str) -> None:
    assert check.status == status
    assert check.told
    assert bool(check.cure) is (status != "ok")
