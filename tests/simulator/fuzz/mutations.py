"""Breaking a good value in one place."""

from __future__ import annotations

from random import Random
from typing import Any

_deep: Any = 1
for _ in range(200):
    _deep = [_deep]
_ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1 << 31, 1 << 63, 1 << 64, 10**30, -(10**30), 1.5, 1e308, "", "x", "-1", "1" * 30, "²", "٣",
    "\u0000", "y" * 20_000, [], [None], {}, [[]], {"": None}, {"id": None}, {"_errors": 1}, _deep,
)  # fmt: skip


def broken(random: Random, value: Any) -> Any:
    """Return the value with one part of it replaced, removed or repeated."""
    if random.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return random.choice(_ODD)
    if isinstance(value, list):
        return _broken_list(random, value)
    key = random.choice(list(value))
    if random.random() < 0.15:
        return {name: it for name, it in value.items() if name != key}
    return value | {key: broken(random, value[key])}


def _broken_list(random: Random, value: list[Any]) -> list[Any]:
    at = random.randrange(len(value))
    if random.random() < 0.2:
        return value * random.choice((2, 60))
    return [*value[:at], broken(random, value[at]), *value[at + 1 :]]
