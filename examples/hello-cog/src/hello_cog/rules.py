"""What a greeting is, and who gets one. Pure decisions: no clock, no memory, no Discord."""

from __future__ import annotations

from datetime import datetime, timedelta

GREETINGS = frozenset({"hello", "hi", "hey"})
MAX_NAME = 50


def is_greeting(text: str) -> bool:
    """Tell whether the text is a greeting and nothing else, such as "Hello!"."""
    return text.strip().rstrip("!.").casefold() in GREETINGS


def rests_until(now: datetime, cooldown: timedelta) -> datetime:
    """Return when somebody who is greeted now may be greeted again."""
    return now + cooldown


def is_resting(until: datetime, now: datetime) -> bool:
    """Tell whether somebody who rests until then is not greeted again yet."""
    return now < until
