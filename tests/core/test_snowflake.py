from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildbase.core.snowflake import (
    DISCORD_EPOCH_MS,
    LARGEST,
    SMALLEST,
    SnowflakeMaker,
    check_snowflake,
    is_pseudonym,
    is_snowflake,
    new_pseudonym,
    shard_of,
    snowflake_time,
)

snowflakes = st.integers(SMALLEST, LARGEST)


@given(snowflakes)
def test_every_possible_id_is_accepted_unchanged(value: int) -> None:
    assert check_snowflake(value) == value


@given(st.one_of(st.integers(max_value=SMALLEST - 1), st.integers(min_value=LARGEST + 1)))
def test_no_other_number_is_an_id(value: int) -> None:
    assert not is_snowflake(value)
    with pytest.raises(ValueError, match="not a Discord id"):
        check_snowflake(value)


def test_the_time_is_the_one_of_discords_own_example() -> None:
    # https://discord.com/developers/docs/reference#snowflakes
    assert snowflake_time(175928847299117063) == datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)


@given(snowflakes, snowflakes)
def test_ids_sort_as_their_times_do(one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    assert snowflake_time(earlier) <= snowflake_time(later)


@given(snowflakes, st.integers(1, 4096))
def test_a_guild_has_one_of_the_shards(guild_id: int, shard_count: int) -> None:
    assert 0 <= shard_of(guild_id, shard_count) < shard_count


def test_made_ids_are_unique_rise_and_tell_the_present() -> None:
    make = SnowflakeMaker()
    ids = [make() for _ in range(20_000)]
    assert all(one < other for one, other in pairwise(ids))
    assert abs(snowflake_time(ids[0]).timestamp() - time.time()) < 5


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200), st.integers(1, 4096))
def test_made_ids_rise_even_if_the_clock_stands_still_or_goes_back(steps: list[int], warm_up: int) -> None:
    make = SnowflakeMaker()
    moment = DISCORD_EPOCH_MS + 10_000_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: moment / 1000)
        ids = [make() for _ in range(warm_up)]
        for step in steps:
            moment += step - 1
            ids += [make() for _ in range(30)]
    assert all(one < other for one, other in pairwise(ids))


def test_a_pseudonym_is_as_good_as_an_id_and_is_nobodys() -> None:
    made = {new_pseudonym() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(is_snowflake(value) and is_pseudonym(value) for value in made)
    assert snowflake_time(min(made)).year >= 2075
    assert not is_pseudonym(SnowflakeMaker()())
