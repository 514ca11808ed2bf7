"""Values that PostgreSQL, its driver or JSON refuse and SQLite stores; by the kind of field that they are tried on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

LARGEST = 2**63 - 1
AFAR = timezone(timedelta(hours=14))


def deep(levels: int) -> dict[str, Any]:
    """Return a document with so many levels."""
    document: Any = "bottom"
    for level in range(levels):
        document = {"in": document} if level == levels - 1 or level % 2 else [document]
    return document  # type: ignore[no-any-return]


def circular() -> dict[str, Any]:
    """Return a document that holds itself."""
    document: dict[str, Any] = {}
    document["self"] = document
    return document


TEXTS: dict[str, Any] = {
    "NUL": "a\x00b",
    "lone high surrogate": "a\ud83d",
    "lone low surrogate": "\udc00b",
    "NUL alone": "\x00",
    "ten megabytes": "x" * 10_000_000,
    "bytes that are no text": b"\xff\xfe",
}
NUMBERS: dict[str, Any] = {
    "64 bits": LARGEST + 1,
    "64 bits below zero": -LARGEST - 2,
    "a thousand bits": 2**1000,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "a fraction": 1.5,
    "digits without end": "9" * 5000,
}
MOMENTS: dict[str, Any] = {
    "naive": datetime(2026, 1, 1),  # noqa: DTZ001 - this is what is refused.
    "naive text": "2026-01-01T00:00:00",
    "before the first day": datetime(1, 1, 1, 5, tzinfo=AFAR),
    "after the last day": datetime(9999, 12, 31, 23, tzinfo=UTC),
    "NaN": float("nan"),
    "a number of another age": 10**30,
}
FRACTIONS: dict[str, Any] = {"NaN": float("nan"), "infinity": float("-inf"), "NaN as text": "nan", "too long": "1e999"}
DOCUMENTS: dict[str, Any] = {
    "NUL": {"a": "b\x00"},
    "NUL in a key": {"a\x00": 1},
    "lone surrogate": {"a": ["\ud83d"]},
    "lone surrogate in a key": {"a": {"\udc00": 1}},
    "NaN": {"a": [1, float("nan")]},
    "infinity": {"a": float("inf")},
    "64 bits": {"a": LARGEST + 1},
    "64 bits with a fraction": {"a": 1.7e308},
    "64 bits below zero": {"a": [-LARGEST - 2]},
    "33 levels": deep(33),
    "100,000 levels": deep(100_000),
    "itself": circular(),
    "a number as key": {"a": {1: "b"}},
    "None as key": {"a": {None: "b"}},
    "a moment": {"a": datetime(2026, 1, 1, tzinfo=UTC)},
    "a set": {"a": {1, 2}},
    "ten megabytes": {"a": "x" * 10_000_000},
    "a million and one values": {"a": [0] * 1_000_001},
    "bytes": {"a": b"b"},
    "no object": "text",
}
GOOD_DOCUMENTS: list[dict[str, Any]] = [
    {},
    {"a": None, "b": True, "c": [1, -2.5, "ü", {"d": "🦁"}], "": ""},
    {"largest": LARGEST, "smallest": -LARGEST - 1, "tiny": 5e-324, "large": 1.5e18},
    {"escaped": "\\u0000", "quotes": "\"'\n\t\x1f\x7f\ufffe"},
    deep(32),
]
