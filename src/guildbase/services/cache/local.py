"""The values that one process holds: bounded, with tags and an end for each."""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

JITTER = 0.1
"""The part of its time by which a value may end early, so that what was loaded together does not end together."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, which may be None, and what ends it."""

    value: Any
    tags: tuple[str, ...]
    timer: asyncio.TimerHandle


class LocalStore:
    """Values by key, the least recently used out first."""

    def __init__(self, max_entries: int) -> None:
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._keys_of: dict[str, set[str]] = {}
        self._views: dict[str, dict[int, Any]] = {}
        self._max_entries = max_entries

    def __len__(self) -> int:
        return len(self._entries)

    def view(self, kind: str) -> dict[int, Any]:
        """Return the values of the kind by number; a timer ends them, so that a read needs no clock."""
        return self._views.setdefault(kind, {})

    def get(self, key: str) -> Entry | None:
        """Return the entry, which thereby counts as used."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: str, value: object, tags: tuple[str, ...], ttl: float) -> None:
        """Keep the value for about so many seconds."""
        self.forget(key)
        lasts = ttl * random.uniform(1 - JITTER, 1)  # noqa: S311 - no secret.
        timer = asyncio.get_running_loop().call_later(lasts, self.forget, key)
        self._entries[key] = Entry(value, tags, timer)
        for tag in tags:
            self._keys_of.setdefault(tag, set()).add(key)
        kind, _, number = key.partition(":")
        if kind in self._views and value is not None:
            self._views[kind][int(number)] = value
        if len(self._entries) > self._max_entries:
            self.forget(next(iter(self._entries)))

    def forget(self, key: str) -> None:
        """Drop the value, if it is there."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        entry.timer.cancel()
        for tag in entry.tags:
            keys = self._keys_of[tag]
            keys.discard(key)
            if not keys:
                del self._keys_of[tag]
        kind, _, number = key.partition(":")
        if kind in self._views:
            self._views[kind].pop(int(number), None)

    def keys_of(self, tags: Iterable[str]) -> list[str]:
        """Return the keys of all values that carry one of the tags."""
        return [key for tag in tags for key in self._keys_of.get(tag, ())]

    def forget_tags(self, tags: Iterable[str]) -> None:
        """Drop all values that carry one of the tags."""
        for key in self.keys_of(tags):
            self.forget(key)

    def clear(self) -> None:
        """Drop everything."""
        for key in tuple(self._entries):
            self.forget(key)
