"""Ranks, and what people type to say which cases they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.kinds import Rank
from guildbase.features.moderation.rules.filters import read_details, read_moment
from guildbase.features.moderation.rules.ranks import (
    BAN_MEMBERS,
    MANAGE_GUILD,
    MODERATE_MEMBERS,
    has_rank,
    may_see,
    require_rank,
    require_say,
)
from guildbase.features.moderation.rules.words import checked_words
from tests.factories import member

GUILD = 1128754567890123457
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rights", "ranks"),
    [
        ({}, 0),
        ({"permissions": MODERATE_MEMBERS}, 1),
        ({"permissions": BAN_MEMBERS}, 2),
        ({"permissions": MANAGE_GUILD}, 3),
        ({"permissions": 1 << 3}, 3),
        ({"is_guild_owner": True}, 3),
        ({"level": 2}, 0),
        ({"level": 3}, 1),
        ({"level": 4}, 2),
        ({"level": 5}, 3),
    ],
)
def test_a_rank_comes_from_discord_or_a_level_and_holds_those_below(rights: dict[str, Any], ranks: int) -> None:
    caller = member(GUILD, **rights)
    assert [has_rank(caller, GUILD, rank) for rank in Rank] == [number < ranks for number in range(3)]
    assert not has_rank(caller, GUILD + 1, Rank.MODERATOR)
    if ranks < 3:
        with pytest.raises(PermissionDenied) as refused:
            require_rank(caller, GUILD, Rank.ADMIN)
        assert refused.value.hint


def test_everybody_has_a_say_in_what_they_wrote_and_seniors_in_all() -> None:
    mod, senior = member(GUILD, level=3), member(GUILD, level=4)
    assert mod.user_id is not None
    for caller, author in ((mod, mod.user_id), (senior, mod.user_id), (senior, None), (SYSTEM, None)):
        require_say(caller, GUILD, author)
    for author in (senior.user_id, None):
        with pytest.raises(PermissionDenied):
            require_say(mod, GUILD, author)
    with pytest.raises(PermissionDenied):
        require_say(member(GUILD, user_id=mod.user_id), GUILD, mod.user_id)
    assert may_see(mod, GUILD, is_hidden=True, author_id=mod.user_id)
    assert may_see(mod, GUILD, is_hidden=False, author_id=1)
    assert [may_see(caller, GUILD, is_hidden=True, author_id=1) for caller in (mod, senior)] == [False, True]


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("", None),
        ("  ", None),
        ("7d", NOW - timedelta(days=7)),
        ("1 day 2 hours", NOW - timedelta(hours=26)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31 18:30", datetime(2026, 1, 31, 18, 30, tzinfo=UTC)),
        ("2026-01-31T18:30:00+02:00", datetime(2026, 1, 31, 16, 30, tzinfo=UTC)),
    ],
)
def test_moments_are_lengths_back_or_days(typed: str, moment: datetime | None) -> None:
    assert read_moment(typed, NOW) == moment


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-01", "-1d", "0001-01-01T00:00+14:00", "9" * 300])
def test_what_is_no_moment_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_moment(typed, NOW)
    assert "2026-01-31" in refused.value.hint


@pytest.mark.parametrize(
    ("typed", "details"),
    [
        ("", None),
        ('{"points": [1]}', {"points": [1]}),
        ("points=3, place = a b ,ok=true,none=null", {"points": 3, "place": "a b", "ok": True, "none": None}),
        ("half=0.5,nan=NaN,inf=Infinity,list=[1]", {"half": 0.5, "nan": "NaN", "inf": "Infinity", "list": "[1]"}),
        ("id=1128754567890123457,n=-5,e=", {"id": "1128754567890123457", "n": -5, "e": ""}),
    ],
)
def test_details_are_pairs_or_json(typed: str, details: dict[str, Any] | None) -> None:
    assert read_details(typed) == details


@pytest.mark.parametrize("typed", ["points", "=3", "a=1,b", "{", '{"a": 1, "a": 2}'])
def test_what_are_no_details_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        read_details(typed)


@pytest.mark.parametrize("text", ["", " \n", "x" * 11, "a\x00"])
def test_words_have_to_be_there_and_fit(text: str) -> None:
    with pytest.raises(InvalidInput):
        checked_words(text, 10)
    assert checked_words("  fine ", 10) == "fine"
