"""How a step of the story fails, and waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

MOMENT = 15.0
"""Seconds that people of the story wait for what takes a moment; the machine may be busy."""


class StepFailed(Exception):
    """The step did not go as promised."""


def expect(holds: bool, otherwise: str) -> None:
    """Fail the step, with what was seen, unless the condition holds."""
    if not holds:
        raise StepFailed(otherwise)


async def eventually(check: Callable[[], Awaitable[bool]], otherwise: str, *, within: float = MOMENT) -> None:
    """Wait until the check holds; fail the step if it does not within so many seconds."""
    until = time.monotonic() + within
    while not await check():
        expect(time.monotonic() < until, otherwise)
        await asyncio.sleep(0.1)
