"""Random values that fit a schema of the document."""

from __future__ import annotations

import base64
from random import Random
from typing import Any

from tests.simulator.oracle import Json, Oracle

_DEEPEST = 6
_TEXTS = (
    "",
    "a",
    "hello",
    "general",
    "x" * 40,
    "⭐",
    "né\u200b",
    "@everyone <@1> <#2>",
    "a" * 5000,
    "\x00",
    "../..",
    "🎉" * 30,
)
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_IMAGES = (f"data:image/png;base64,{_PIXEL}", "data:image/png;base64,!!", "data:audio/ogg;base64,T2dnUw==", "data:,")
_TIMES = (
    "2027-01-01T00:00:00+00:00",
    "2020-01-01T00:00:00.000000+00:00",
    "2027-02-30T00:00:00Z",
    "9999-12-31T23:59:59Z",
)
_URLS = ("https://example.com/a.png", "attachment://a.txt", "javascript:1", "http://", "https://discord.com")


class Values:
    """Draws values; ids are drawn from those that exist."""

    def __init__(self, judge: Oracle, random: Random, ids: list[str]) -> None:
        self._judge = judge
        self._random = random
        self._ids = ids

    def draw(self, schema: Json, depth: int = 0) -> Any:
        """Return a value of the schema; optional properties come and go, and become rarer with depth."""
        schema = self._judge.resolve(schema)
        if "const" in schema:
            return schema["const"]
        for union in ("enum", "anyOf"):
            if schema.get(union):
                chosen = self._random.choice(schema[union])
                return chosen if union == "enum" else self.draw(chosen, depth)
        if "allOf" in schema:
            return self._merged([self.draw(it, depth) for it in schema["allOf"]])
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = self._random.choice(kind)
        return getattr(self, f"_{kind}")(schema, depth)

    def _merged(self, parts: list[Any]) -> Any:
        if not all(isinstance(it, dict) for it in parts):
            return parts[-1]
        return {key: value for part in parts for key, value in part.items()}

    def _object(self, schema: Json, depth: int) -> Json:
        required = set(schema.get("required", ()))
        chance = 0.5 if depth == 0 else 0.25 if depth < _DEEPEST else 0.0
        chosen = {
            name: self.draw(it, depth + 1)
            for name, it in schema.get("properties", {}).items()
            if name in required or self._random.random() < chance
        }
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict) and depth < _DEEPEST and self._random.random() < 0.5:
            chosen[self._random.choice((*_TEXTS, *self._ids[-3:]))] = self.draw(extra, depth + 1)
        return chosen

    def _array(self, schema: Json, depth: int) -> list[Any]:
        low = int(schema.get("minItems", 0))
        high = low if depth >= _DEEPEST else min(int(schema.get("maxItems", 3)), low + 3)
        return [self.draw(schema.get("items", {}), depth + 1) for _ in range(self._random.randint(low, max(low, high)))]

    def _string(self, schema: Json, depth: int) -> str:
        form = schema.get("format") or schema.get("contentEncoding")
        if form == "snowflake":
            return self._random.choice(self._ids)
        if form == "date-time":
            return self._random.choice(_TIMES)
        if form == "uri":
            return self._random.choice(_URLS)
        if form in ("base64", "binary"):
            return self._random.choice((*_IMAGES, base64.b64encode(b"sound").decode()))
        text = self._random.choice((*_TEXTS, *_URLS, *_IMAGES)) if self._random.random() < 0.3 else "word"
        low, high = int(schema.get("minLength", 0)), int(schema.get("maxLength", 5000))
        return (text + "w" * (low - len(text)))[:high]

    def _integer(self, schema: Json, depth: int) -> int:
        low = int(schema.get("minimum", 0))
        high = min(int(schema.get("maximum", 100)), 1 << 53)
        return self._random.choice((low, high, self._random.randint(min(low, high), max(low, high))))

    def _number(self, schema: Json, depth: int) -> float:
        return float(self._integer(schema, depth))

    def _boolean(self, schema: Json, depth: int) -> bool:
        return self._random.random() < 0.5

    def _null(self, schema: Json, depth: int) -> None:
        return None
