"""Durations and ends in the words that people use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildbase.core.durations import read_length

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""A Sunday; in Berlin it is one o'clock then."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1h", HOUR),
        ("18h", 18 * HOUR),
        ("2 days 3 hours", 2 * DAY + 3 * HOUR),
        ("For 2 days and 3 hours", 2 * DAY + 3 * HOUR),
        ("1.5h", 1.5 * HOUR),
        ("a week", 7 * DAY),
        ("until tomorrow 18:00", DAY + 5 * HOUR),
        ("till tomorrow at 6pm", DAY + 5 * HOUR),
        ("bis morgen um 18 Uhr", DAY + 5 * HOUR),
        ("tonight 8:30 pm", 7.5 * HOUR),
        ("tomorrow", 11 * HOUR),
        ("until friday 18:00", 5 * DAY + 5 * HOUR),
        ("next sunday", 7 * DAY - 13 * HOUR),
        ("am Freitag", 5 * DAY - 13 * HOUR),
        ("until 18:00", 5 * HOUR),
        ("until 12:30", 23.5 * HOUR),
        ("until 2026-12-24", 32 * DAY - 13 * HOUR),
        ("2026-12-24T18:00", 32 * DAY + 5 * HOUR),
        ("24.12.2026 18.00", 32 * DAY + 5 * HOUR),
        (f"<t:{int(NOON.timestamp()) + 60}:R>", timedelta(minutes=1)),
        # The clocks are put forward in the night before.
        ("until 2027-03-28 12:00", 126 * DAY - 2 * HOUR),
    ],
)
def test_what_people_write_is_understood_in_their_time_zone(text: str, length: timedelta) -> None:
    assert read_length(text, now=NOON, zone="Europe/Berlin") == length


@pytest.mark.parametrize("text", ["forever", "For Good", " permanent ", "für immer"])
def test_for_good_is_no_length(text: str) -> None:
    assert read_length(text, now=NOON) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not a duration"),
        ("x" * 1000, "not a duration"),
        ("until", "not a duration"),
        ("until the cows come home", "not a duration"),
        ("until 99:99", "not a duration"),
        ("until 13:00 pm", "not a duration"),
        ("until 18", "not a duration"),
        ("until 30.2.2027", "not a duration"),
        ("2026-13-01", "not a duration"),
        ("<t:999999999999>", "not a duration"),
        ("-1h", "not a duration"),
        ("5", "not a duration"),
        ("0s", "between a second and ten years"),
        ("99y", "between a second and ten years"),
        ("today", "that moment has passed"),
        ("until 2026-11-22 11:00", "that moment has passed"),
        ("until 9999-12-31 23:59", "more than ten years away|not a duration"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles"])
def test_nonsense_is_refused_with_an_example(text: str, told: str, zone: str) -> None:
    moment = NOON if zone == "UTC" else NOON + timedelta(hours=12)
    with pytest.raises(ValueError, match=told) as refused:
        read_length(text, now=moment, zone=zone)
    assert "example" in str(refused.value)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_length_or_refused(text: str) -> None:
    try:
        length = read_length(text, now=NOON, zone="Asia/Kolkata")
    except ValueError:
        return
    assert length is None or timedelta(0) < length <= timedelta(days=3650)
