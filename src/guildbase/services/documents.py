"""Values as JSON: frozen dataclasses out, checked dataclasses in, and never anything that runs code."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

MessageT = TypeVar("MessageT")

MAX_BYTES = 512 * 1024
"""What one document may take: room for the longest names of all channels and roles that a server may have."""


class BadMessage(ValueError):
    """A message cannot be sent or understood; the text says why, without the message itself."""


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_document(kind: type[MessageT], message: MessageT) -> Any:
    """Return the message as what JSON can hold; whole numbers become text, as JavaScript rounds ids."""
    adapter = _adapter(kind)  # type: ignore[arg-type] # A class is hashable.
    return _with_text_for_numbers(adapter.dump_python(message, mode="json", warnings="error"))


def from_document(kind: type[MessageT], document: object) -> MessageT:
    """Return the message that the document holds.

    Raises:
        BadMessage: it has not the shape of the kind.
    """
    adapter = _adapter(kind)  # type: ignore[arg-type] # A class is hashable.
    try:
        return cast("MessageT", adapter.validate_python(document))
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, found["loc"])) or found["type"] for found in error.errors()[:5])
        # The places have keys in them, which the sender chose.
        raise BadMessage(f"not a {kind.__name__}: {wrong[:200]}") from None


def to_text(document: object) -> str:
    """Return the document as JSON text.

    Raises:
        BadMessage: it is too large, or has half of a character.
    """
    try:
        encoded = to_json(document)
    except PydanticSerializationError as error:
        raise BadMessage(str(error)[:200]) from None
    _check_size(encoded)
    return encoded.decode()


def from_text(encoded: bytes) -> dict[str, Any]:
    """Return the JSON object that the text holds.

    Raises:
        BadMessage: it is too large, no JSON, or no object.
    """
    _check_size(encoded)
    try:
        document = from_json(encoded, allow_inf_nan=False)
    except ValueError as error:
        raise BadMessage(f"no JSON: {error}") from None
    if not isinstance(document, dict):
        raise BadMessage("no JSON object")
    return document


def _check_size(encoded: bytes) -> None:
    if len(encoded) > MAX_BYTES:
        raise BadMessage(f"{len(encoded)} bytes are more than the {MAX_BYTES} that a message may have")


def _with_text_for_numbers(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return [_with_text_for_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: _with_text_for_numbers(item) for key, item in value.items()}
    return value
