"""Waiting for what has no event to wait for, such as a row or a count."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def until(is_so: Callable[[], bool | Awaitable[bool]], *, timeout: float = 30.0) -> None:
    """Look again and again until it is so; TimeoutError if that takes too long."""
    async with asyncio.timeout(timeout):
        while True:
            answer = is_so()
            if inspect.isawaitable(answer):
                answer = await answer
            if answer:
                return
            await asyncio.sleep(0.005)
