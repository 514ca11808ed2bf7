"""Messages one after the other, for who takes time over each."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

MessageT = TypeVar("MessageT")


class Messages(Generic[MessageT]):
    """The messages that wait for a listener; the oldest gives way when there are too many."""

    def __init__(self, max_waiting: int) -> None:
        self.dropped = 0
        """Messages that the listener was too slow for."""
        self._waiting: deque[MessageT] = deque(maxlen=max_waiting)
        self._arrived = asyncio.Event()
        self._is_closed = False

    def add(self, message: MessageT) -> None:
        """Let the message wait."""
        self.dropped += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(message)
        self._arrived.set()

    def close(self) -> None:
        """End the iteration after what waits."""
        self._is_closed = True
        self._arrived.set()

    def __aiter__(self) -> Messages[MessageT]:
        return self

    async def __anext__(self) -> MessageT:
        while not self._waiting:
            if self._is_closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()
