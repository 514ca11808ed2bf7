from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guildbase.core.clock import human_duration, utcnow


def test_the_present_moment_is_aware_utc() -> None:
    now = utcnow()
    assert now.tzinfo is UTC
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3_600, "1 h"),
        (3_605, "1 h 5 s"),
        (86_399, "23 h 59 min"),
        (93_784, "1 d 2 h"),
        (864_000, "10 d"),
    ],
)
def test_a_duration_is_told_in_at_most_two_units(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text
