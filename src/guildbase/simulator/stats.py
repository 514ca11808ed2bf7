"""What the simulator counts about the bot that talks to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stats:
    """Counters since the start; unknown routes are kept by name so that gaps of the simulator show."""

    identifies: int = 0
    resumes: int = 0
    refused_identifies: int = 0
    rate_limited: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    unknown_routes: Counter[str] = field(default_factory=Counter)
