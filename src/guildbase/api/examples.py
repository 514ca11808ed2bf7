"""Examples of what a schema describes, made of the examples, defaults and bounds of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ID = "1128754567890123457"
_FORMATS = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "uuid": "0197c8a2-5b1e-7cc3-9d55-0c8b4b5f2a11",
    "uri": "https://example.com/",
    "duration": "P1D",
    "permissions": "8192",
    **dict.fromkeys(("user", "role", "channel", "message", "snowflake"), ID),
}
DEEPEST = 6
"""Levels of an example; some rules hold rules that hold rules."""


def example_of(schema: Any, schemas: Mapping[str, Any], *, is_whole: bool, depth: int = 0) -> Any:
    """Return an example; with `is_whole` of all fields, else of those that must be given or have examples."""
    if not isinstance(schema, dict):
        return None
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]] | {key: it for key, it in schema.items() if key != "$ref"}
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example_of(schema[choice][0], schemas, is_whole=is_whole, depth=depth)
    return _of_type(schema, schemas, is_whole=is_whole, depth=depth)


def _of_type(schema: dict[str, Any], schemas: Mapping[str, Any], *, is_whole: bool, depth: int) -> Any:
    match schema.get("type"):
        case "object":
            return {
                name: example_of(field, schemas, is_whole=is_whole, depth=depth + 1)
                for name, field in schema.get("properties", {}).items()
                if is_whole or name in schema.get("required", ()) or field.get("examples") or "const" in field
            }
        case "array":
            wanted = depth < DEEPEST or schema.get("minItems", 0)
            return [example_of(schema.get("items"), schemas, is_whole=is_whole, depth=depth + 1)] if wanted else []
        case "string":
            return _FORMATS.get(schema.get("format", ""), "text")
        case "integer" | "number":
            return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return False
        case _:
            return None
