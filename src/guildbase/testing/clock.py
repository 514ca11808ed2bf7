"""Time that tests put forward, for Discord and the bot together."""

from __future__ import annotations

from datetime import datetime, timedelta

import discord
import pytest

from guildbase.core import clock
from guildbase.simulator import Simulator


class MovableClock:
    """What `discord.utils.utcnow`, Guildbase and the local Discord take for the present moment.

    Sleeps and timers that run in the bot already are not shortened.
    """

    def __init__(self, simulator: Simulator, patch: pytest.MonkeyPatch) -> None:
        self._simulator = simulator
        self._patch = patch
        patch.setattr(discord.utils, "utcnow", clock.utcnow)

    def now(self) -> datetime:
        """Return the present moment."""
        return clock.utcnow()

    def advance(self, by: timedelta | float = 0.0, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Put the clock forward (by seconds, if a number)."""
        span = by if isinstance(by, timedelta) else timedelta(seconds=by)
        span += timedelta(days=days, hours=hours, minutes=minutes)
        self._patch.setattr(clock, "ahead", clock.ahead + span)
        self._simulator.advance(span)
