"""Measures how late the event loop runs what is due."""

from __future__ import annotations

import asyncio
import time

PROBE_INTERVAL = 1.0  # seconds


class LoopLag:
    """Measures how late the event loop runs what is due; a blocking call shows here."""

    def __init__(self) -> None:
        self.last_tick = time.monotonic()
        self.lag = 0.0

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due = time.monotonic() + PROBE_INTERVAL
            await asyncio.sleep(PROBE_INTERVAL)
            self.last_tick = time.monotonic()
            self.lag = max(0.0, self.last_tick - due)
