"""Values as JSON: dataclasses and Pydantic models out, checked ones in, and never anything that runs code."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import orjson

if TYPE_CHECKING:
    from pydantic import TypeAdapter

ValueT = TypeVar("ValueT")


class JsonCodec(Generic[ValueT]):
    """The codec of one type, such as `JsonCodec[GuildSnapshot](GuildSnapshot)`."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    @cached_property
    def version(self) -> str:
        """A word made of the type's shape, so that a release with another one reads no old copies."""
        shape = orjson.dumps(self._adapter.json_schema(), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(shape).hexdigest()[:8]

    def encode(self, value: ValueT) -> bytes:
        """Return the value as JSON."""
        return self._adapter.dump_json(value)

    def decode(self, data: bytes) -> ValueT:
        """Return the value; raise ValueError if the JSON does not hold one of the type."""
        return self._adapter.validate_json(data)

    @cached_property
    def _adapter(self) -> TypeAdapter[ValueT]:
        # Made at the first use: without Redis nothing is ever encoded.
        from pydantic import TypeAdapter

        return cast("TypeAdapter[ValueT]", TypeAdapter(self._kind))
