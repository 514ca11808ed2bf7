"""Polls in messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class PollAnswer:
    """One answer and who voted for it, in the order of their votes; the emoji is a character or `name:id`."""

    id: int
    text: str | None = None
    emoji: str | None = None
    voters: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Poll:
    """A question with its answers; it ends by itself at `expires_at`, or before that when its author wants it."""

    question: str
    answers: list[PollAnswer]
    expires_at: datetime
    allow_multiselect: bool = False
    layout_type: int = 1
    is_finalized: bool = False
