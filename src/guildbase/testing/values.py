"""Made-up values for columns: of the column's type, and such as the model's own field takes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from sqlalchemy import BigInteger, Column

from guildbase.core.snowflake import DISCORD_EPOCH_MS
from guildbase.database.secret import Secret

NO_VALUE = object()
"""Says that there is no value, where None is one."""
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Values:
    """One stream of values; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - made-up rows hold no secrets.
        self.count = 0

    def of(self, column: Column[Any], field: FieldInfo | None) -> Any:
        """Return the first value of the column's type that the field takes, or NO_VALUE."""
        self.count += 1
        kind = _kind(field.annotation) if field is not None else column.type.python_type
        accepted = _accepted(field) if field is not None else lambda _value: True
        return next((value for value in self._candidates(kind, column) if accepted(value)), NO_VALUE)

    def snowflake(self) -> int:
        """Return the next id, as Discord would make it in 2026 or later."""
        milliseconds = int(_BEGIN.timestamp() * 1000) + self.count * 1000 + self.random.randrange(1000)
        return ((milliseconds - DISCORD_EPOCH_MS) << 22) | self.random.randrange(1 << 22)

    def _candidates(self, kind: Any, column: Column[Any]) -> Iterator[Any]:
        if isinstance(kind, type) and issubclass(kind, Enum):
            members = list(kind)
            yield members[self.random.randrange(len(members))]
        elif kind is int and isinstance(column.type, BigInteger) and column.name.endswith(("_id", "_by")):
            yield self.snowflake()
        elif kind is int:
            yield from (self.count, self.snowflake(), 1, 0)
        elif kind is str:
            yield from self._texts(column)
        elif kind is Secret:
            yield from map(Secret, self._texts(column))
        else:
            yield from (make(self) for made, make in _SIMPLE.items() if made is kind)

    def _texts(self, column: Column[Any]) -> Iterator[str]:
        length = getattr(column.type, "length", None) or 100
        number = self.count
        words = column.name.replace("_", " ")
        yield f"{words} {number}"[-length:]
        yield f"{column.name}{number}"[-length:]
        # Texts of a certain form, such as a locale, a time zone, a colour, an address, an id or a hash.
        yield from ("en-US", "UTC", "#5865f2", f"https://example.org/{number}", f"name-{number}")
        yield from (str(self.snowflake()), str(number), f"{self.random.getrandbits(256):064x}")
        yield "x" * length


_SIMPLE: Mapping[Any, Callable[[Values], Any]] = {
    bool: lambda values: bool(values.random.randrange(2)),
    float: lambda values: float(values.count),
    Decimal: lambda values: Decimal(values.count),
    datetime: lambda values: _BEGIN + timedelta(minutes=values.count),
    date: lambda values: _BEGIN.date() + timedelta(days=values.count),
    time: lambda values: (_BEGIN + timedelta(seconds=values.count)).time(),
    timedelta: lambda values: timedelta(minutes=values.count),
    bytes: lambda values: values.random.randbytes(32),
    UUID: lambda values: UUID(int=values.random.getrandbits(128), version=4),
    dict: lambda values: {"number": values.count},
    list: lambda _values: [],
    set: lambda _values: set(),
}


def _kind(annotation: Any) -> Any:
    """Return the plain type that is annotated, without Optional, Annotated and type arguments."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _kind(next(it for it in get_args(annotation) if it is not type(None)))
    return get_origin(annotation) or annotation


def _accepted(field: FieldInfo) -> Callable[[Any], bool]:
    annotated: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotated)

    def accepts(value: Any) -> bool:
        try:
            adapter.validate_python(value)
        except ValidationError:
            return False
        return True

    return accepts
