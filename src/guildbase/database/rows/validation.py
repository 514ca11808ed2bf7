"""What no row may hold, whatever its model says, so that both databases refuse the same values with the same words.

PostgreSQL's driver fails at a NUL, a lone surrogate or a number that is too long; SQLite stores all of them. So
the checks are built into the validator that Pydantic makes for a model, by the kind of each field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError
from sqlalchemy import BigInteger

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.snowflake import SMALLEST as SMALLEST_ID
from guildbase.core.snowflake import check_snowflake

LARGEST = 2**63 - 1
LARGEST_SMALL = 2**31 - 1
"""Largest number of a column that is not declared with 64 bits."""
MAX_TEXT = 100_000
"""Longest text, in characters, of a field that sets no limit of its own."""
MAX_DEPTH = 32
"""How deep lists and objects of a document may stand in each other."""
MAX_DOCUMENT = 1_000_000
"""Largest document: its characters and its values, counted together."""
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""A day less than Python's own bounds, which a time zone would overstep."""


class InvalidRow(InvalidInput):
    """A row's values are wrong; nothing was changed and nothing reached the database."""

    code = "invalid_row"

    def __init__(self, model: str, problems: Mapping[str, str]) -> None:
        self.model = model
        told = "; ".join(f"{field}: {reason}" for field, reason in problems.items())
        hint = _("Correct it and try again; nothing was changed.")
        super().__init__(_("{model} cannot be stored: {told}.", model=model, told=told), hint=hint, problems=problems)

    def in_row(self, position: int) -> InvalidRow:
        """Return the error with the position (from 0) of the row among many."""
        return InvalidRow(self.model, {f"row {position}, {field}": told for field, told in self.problems.items()})

    @classmethod
    def of(cls, model: str, error: ValidationError) -> InvalidRow:
        """Return the error for what Pydantic found, without the values that it found it in."""
        problems: dict[str, str] = {}
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            field = ".".join(str(part) for part in problem["loc"]) or "values"
            problems.setdefault(field, problem["msg"].removeprefix("Value error, ").rstrip("."))
        return cls(model, problems)


def unstorable_text(text: str) -> str | None:
    """Return why the text cannot be stored, or None if it can."""
    if "\x00" in text:
        return "it holds a NUL character"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "it holds half of a character (a lone surrogate)"
    return None


def unstorable_document(value: Any) -> str | None:
    """Return why the value cannot be stored as JSON, or None if it can."""
    try:
        _Walk().over(value, "the document", 0)
    except _Unstorable as found:
        return str(found)
    return None


class _Unstorable(Exception):
    """Ends the walk at the first thing that JSON or PostgreSQL does not take."""


class _Walk:
    """Looks at every value of a document, and counts them."""

    def __init__(self) -> None:
        self.size = 0

    def over(self, value: Any, place: str, depth: int) -> None:
        if value is None or isinstance(value, bool):
            return
        if isinstance(value, str):
            self._text(value, place)
        elif isinstance(value, int):
            _check_size(value, place)
        elif isinstance(value, float):
            if not math.isfinite(value):
                raise _Unstorable(f"{place} is not a finite number")
            _check_size(value, place)  # JSONB would give back a rounded one, and as a whole number.
        else:
            self._inside(value, place, depth + 1)

    def _inside(self, value: Any, place: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise _Unstorable(f"it is more than {MAX_DEPTH} levels deep")
        if isinstance(value, dict | list | tuple):
            self._count(len(value))
        if isinstance(value, dict):
            for key, held in value.items():
                if not isinstance(key, str):
                    raise _Unstorable(f"{place} has a key that is not text")
                self._text(key, f"a key of {place}")
                self.over(held, _shortened(key), depth)
        elif isinstance(value, list | tuple):
            for held in value:
                self.over(held, f"an item of {place.removeprefix('an item of ')}", depth)
        else:
            raise _Unstorable(f"{place} is a {type(value).__name__}, which JSON does not know")

    def _text(self, text: str, place: str) -> None:
        self._count(len(text))
        if reason := unstorable_text(text):
            raise _Unstorable(f"{place}: {reason}")

    def _count(self, size: int) -> None:
        self.size += size
        if self.size > MAX_DOCUMENT:
            raise _Unstorable(f"it is larger than {MAX_DOCUMENT} characters")


def _check_size(value: float, place: str) -> None:
    if not -LARGEST - 1 <= value <= LARGEST:
        raise _Unstorable(f"{place} is a number of more than 63 bits; write it as text")


def _shortened(key: str) -> str:
    return repr(key if len(key) <= 40 else f"{key[:40]}…")


def _check_text(value: str) -> str:
    if value.isascii() and "\x00" not in value:  # Nearly every text of every row.
        return value
    if reason := unstorable_text(value):
        raise PydanticCustomError("unstorable_text", "{reason}", {"reason": reason})
    return value


def _check_document(value: Any) -> Any:
    if reason := unstorable_document(value):
        raise PydanticCustomError("unstorable_document", "{reason}", {"reason": reason})
    return value


def hold_to_what_can_be_stored(schema: Any, column_types: Mapping[str, Any]) -> None:
    """Tighten the model's core schema in place, field by field; `column_types` are the SQL types that fields name."""
    fields = _fields(schema)
    for name, field in fields.items():
        field["schema"] = _tightened(field["schema"], column_types.get(name))


def quicker(schema: Any) -> Any:
    """Return a schema of a field that takes the same values without calling Python, and says less of what is wrong."""
    check = schema["function"]["function"] if schema["type"] == "function-after" else None
    if check is _check_text:
        return {**schema["schema"], "pattern": r"^[^\x00]*$"}  # Halves of characters match no pattern.
    if check is check_snowflake:
        return {"type": "int", "ge": SMALLEST_ID, "le": LARGEST}
    return schema


def _fields(schema: Any) -> dict[str, Any]:
    """Return the fields of a model's schema, which stands inside what validators of the whole model wrap it in."""
    while schema["type"] != "model-fields":
        schema = schema["schema"]
    fields: dict[str, Any] = schema["fields"]
    return fields


def _tightened(schema: Any, column_type: Any) -> Any:
    tighten = _KINDS.get(schema["type"])
    if tighten is not None:
        return tighten(schema, column_type)
    if "schema" in schema:  # A default, a None beside the value, or a validator of the field's own.
        return {**schema, "schema": _tightened(schema["schema"], column_type)}
    return schema


def _text(schema: Any, _column_type: Any) -> Any:
    return _after(_check_text, {"max_length": MAX_TEXT, **schema})


def _integer(schema: Any, column_type: Any) -> Any:
    has_64_bits = isinstance(column_type, BigInteger) or column_type is BigInteger
    largest = LARGEST if has_64_bits else LARGEST_SMALL
    return {
        **schema,
        "le": min(schema.get("le", largest), largest),
        "ge": max(schema.get("ge", -largest - 1), -largest - 1),
    }


def _float(schema: Any, _column_type: Any) -> Any:
    return {**schema, "allow_inf_nan": False}


def _moment(schema: Any, _column_type: Any) -> Any:
    return {"ge": EARLIEST, "le": LATEST, **schema, "tz_constraint": "aware"}


def _document(schema: Any, _column_type: Any) -> Any:
    return _after(_check_document, schema)


def _after(check: Callable[[Any], Any], schema: Any) -> Any:
    return {"type": "function-after", "function": {"type": "no-info", "function": check}, "schema": schema}


_KINDS: dict[str, Callable[[Any, Any], Any]] = {
    "str": _text,
    "int": _integer,
    "float": _float,
    "datetime": _moment,
    "dict": _document,
    "list": _document,
    "any": _document,
}
