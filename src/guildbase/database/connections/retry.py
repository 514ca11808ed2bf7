"""Repeats a transaction that the database gave up, for as long as a person would wait."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from guildbase.database.connections.failures import ConnectionLost, DatabaseBusy

ATTEMPTS = 8
BUDGET = 2.0  # seconds after which no new attempt begins
FIRST_PAUSE = 0.01  # seconds; each further one is up to twice as long

T = TypeVar("T")
log = structlog.get_logger(__name__)
_dice = secrets.SystemRandom()


class Repeater:
    """Runs transactions again and counts how often."""

    def __init__(self) -> None:
        self.repeats = 0

    async def run(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return what the attempt returns; raise its last error once the budget is spent."""
        start = time.monotonic()
        for number in range(1, ATTEMPTS):
            try:
                return await attempt()
            except (DatabaseBusy, ConnectionLost) as error:
                if time.monotonic() - start > BUDGET:
                    raise
                log.info("transaction_repeated", attempt=number, reason=error.message)
            self.repeats += 1
            # A random pause keeps two that met from meeting again.
            await asyncio.sleep(_dice.random() * FIRST_PAUSE * 2**number)
        return await attempt()
