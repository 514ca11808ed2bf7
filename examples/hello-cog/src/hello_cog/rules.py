"""What a greeting is, and who gets one. Pure decisions: no clock, no memory, no Discord."""

from __future__ import annotations

from datetime import datetime, timedelta

COOLDOWN = timedelta(seconds=30)
GREETINGS = frozenset({"hello", "hi", "hey"})
MAX_NAME = 50


def is_greeting(text: str) -> bool:
    """Tell whether the text is a greeting and nothing else, such as "Hello!"."""
    return text.strip().rstrip("!.").casefold() in GREETINGS


def is_resting(greeted_at: datetime, now: datetime) -> bool:
    """Tell whether somebody greeted at that time is not greeted again yet."""
    return now - greeted_at < COOLDOWN
