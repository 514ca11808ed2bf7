from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from guildbase.core import clock
from guildbase.core.time_ids import TimeIdMaker, first_time_id, new_time_id, time_of


def test_an_id_is_a_version_7_uuid_that_carries_its_moment() -> None:
    before = clock.utcnow()
    made = new_time_id()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before - timedelta(milliseconds=1) <= time_of(made) <= clock.utcnow()


def test_ids_rise_also_within_a_millisecond_and_beyond_a_full_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = datetime(2026, 11, 21, 12, tzinfo=UTC)
    monkeypatch.setattr("guildbase.core.time_ids.utcnow", lambda: frozen)
    made = [TimeIdMaker()() for _ in range(2)]
    assert made[0] != made[1]
    make = TimeIdMaker()
    several = [make() for _ in range(10_000)]
    assert all(one < other for one, other in pairwise(several))
    assert time_of(several[-1]) == frozen + timedelta(milliseconds=2)


def test_ids_follow_a_clock_that_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    make = TimeIdMaker()
    monkeypatch.setattr(clock, "ahead", timedelta(days=400))
    later = make()
    monkeypatch.setattr(clock, "ahead", timedelta(0))
    assert make() < later


def test_threads_never_get_the_same_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_time_id(), range(5_000)))
    assert len(set(made)) == 5_000


def test_the_first_id_of_a_moment_parts_what_was_before_from_what_came_after() -> None:
    moment = clock.utcnow()
    assert time_of(first_time_id(moment)) <= moment
    assert first_time_id(moment) <= new_time_id()
    assert first_time_id(moment + timedelta(seconds=1)) > first_time_id(moment)
    assert first_time_id(moment.replace(year=1)).int == 0
