"""What was gathered for one table: in the memory of this process, checked, and never more than a bound."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any, ClassVar, NoReturn, TypeVar

from pydantic import ValidationError

from guildbase.database.base import Base
from guildbase.database.privacy import person_columns, searched_columns
from guildbase.database.rows.validation import LARGEST_SMALL, InvalidRow
from guildbase.services.write_behind.declared import Shape, problems, shape_of
from guildbase.services.write_behind.statements import Statement

BATCH = 5_000
"""Rows in one transaction, ten milliseconds of work; so many waiting are stored before the interval is over."""


@dataclass(slots=True)
class Batch:
    """Rows that are stored together."""

    rows: list[tuple[Any, ...]]
    erasures: int | None
    """How many erasures were known of before the first row was gathered."""
    number: int | None = None
    """Its number once it was sent, under which it may be sent again."""


@dataclass(slots=True)
class Figures:
    """What became of the rows of one table since the start."""

    stored: int = 0
    dropped: int = 0
    """Not taken, because too many were waiting."""
    refused: int = 0
    """Refused by the database, most often because what they belong to is gone."""
    erased: int = 0
    """Gathered before a person was erased, so perhaps theirs."""

    @property
    def lost(self) -> int:
        """All that will never be stored."""
        return self.dropped + self.refused + self.erased


class Buffer(ABC):
    """Gathers the rows of one table, and keeps those that are being stored until they are."""

    shape: ClassVar[Shape]

    def __init__(self, model: type[Base], limit: int, on_full: Callable[[], None], erasures: int | None) -> None:
        self.model = model
        self.table = model.__table__
        self.statement = Statement(self.table, self._columns())
        self.is_personal = bool(person_columns(self.table) or searched_columns(self.table))
        self.figures = Figures()
        self.batches: deque[Batch] = deque()
        self.numbers = 0
        self.erasures = erasures
        self._held = 0
        self._limit = limit
        self._on_full = on_full

    @property
    def waiting(self) -> int:
        """How many rows are not stored yet."""
        return self._gathered + self._held

    def take(self, erasures: int | None) -> None:
        """Make batches of what was gathered, each in the order of the keys, so that two processes cannot deadlock."""
        rows = iter(self._drained())
        while some := list(islice(rows, BATCH)):
            self.batches.append(Batch(self._in_order(some), self.erasures))
            self._held += len(some)
        self.erasures = erasures

    def settle(self, *, is_wanted: bool) -> None:
        """Let go of the next batch, which is stored, or not wanted any more."""
        rows = len(self.batches.popleft().rows)
        self._held -= rows
        if is_wanted:
            self.figures.stored += rows
        else:
            self.figures.erased += rows

    def split(self) -> None:
        """Halve the next batch, in which a row is bad; a bad row that is alone is thrown away."""
        rows, half = self.batches[0].rows, len(self.batches[0].rows) // 2
        erasures = self.batches.popleft().erasures
        if half:
            self.batches.extendleft([Batch(rows[half:], erasures), Batch(rows[:half], erasures)])
        else:
            self._held -= 1
            self.figures.refused += 1

    def _take_in(self, gathered: int) -> bool:
        """Tell whether there is room for one more row, and have the rows stored soon if they are many."""
        if gathered + self._held >= self._limit:
            self.figures.dropped += 1
            return False
        if gathered % BATCH == BATCH - 1:
            self._on_full()
        return True

    @abstractmethod
    def _columns(self) -> Sequence[str]: ...

    @property
    @abstractmethod
    def _gathered(self) -> int: ...

    @abstractmethod
    def _drained(self) -> Iterable[tuple[Any, ...]]: ...

    def _in_order(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return rows


BufferT = TypeVar("BufferT", bound=Buffer)


class Sums(Buffer):
    """Adds up numbers by key."""

    shape = Shape.SUMS

    def __init__(self, model: type[Base], limit: int, on_full: Callable[[], None], erasures: int | None) -> None:
        self._key = tuple(model.__table__.primary_key.columns.keys())
        others = [column.name for column in model.__table__.columns if not column.primary_key]
        self._validator = model.part_validator(self._key)
        self._places = {name: place for place, name in enumerate(others)}
        self._sums: dict[tuple[Any, ...], list[int]] = {}
        super().__init__(model, limit, on_full, erasures)

    def add(self, key: tuple[Any, ...], numbers: Mapping[str, int]) -> None:
        """Add the numbers to those of the key; InvalidRow if one of them is wrong, and nothing is added."""
        places = self._places
        for name, number in numbers.items():
            if type(number) is not int or name not in places or not -LARGEST_SMALL <= number <= LARGEST_SMALL:
                raise InvalidRow(self.model.__name__, {name: "is no whole number of this table within 32 bits"})
        # A key that is here was checked when it came.
        sums = self._sums.get(key) or self._begin(key)
        if sums is not None:
            for name, number in numbers.items():
                sums[places[name]] += number

    def _begin(self, key: tuple[Any, ...]) -> list[int] | None:
        try:
            key = self._validator.validate_python(key)
        except ValidationError:
            self._refuse(key)
        if key in self._sums:
            return self._sums[key]
        if not self._take_in(len(self._sums)):
            return None
        sums = self._sums[key] = [0] * len(self._places)
        return sums

    def _refuse(self, key: tuple[Any, ...]) -> NoReturn:
        """Say what is wrong with the key."""
        if len(key) == len(self._key):
            self.model.validated(dict(zip(self._key, key, strict=True)))
        raise InvalidRow(self.model.__name__, {"key": f"has the parts {', '.join(self._key)}"})

    def _columns(self) -> Sequence[str]:
        return [*self._key, *self._places]

    @property
    def _gathered(self) -> int:
        return len(self._sums)

    def _drained(self) -> Iterable[tuple[Any, ...]]:
        drained, self._sums = self._sums, {}
        return ((*key, *sums) for key, sums in drained.items())

    def _in_order(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return sorted(rows)  # The key comes first, and is different in each.


class Rows(Buffer):
    """Keeps rows as they are."""

    shape = Shape.ROWS

    def __init__(self, model: type[Base], limit: int, on_full: Callable[[], None], erasures: int | None) -> None:
        numbered = model.__table__.autoincrement_column  # Which the database fills.
        self._names = [column.name for column in model.__table__.columns if column is not numbered]
        self._in_columns = _picking(self._names)
        self._checked = model.part_validator(self._names).validate_python
        self._rows: list[tuple[Any, ...]] = []
        super().__init__(model, limit, on_full, erasures)

    def append(self, values: Mapping[str, Any]) -> None:
        """Keep the row; InvalidRow if a value is wrong or missing."""
        try:
            row = self._checked(self._in_columns(values))
        except (KeyError, ValidationError):
            row = None
        if row is None or len(values) != len(row):  # This fills in what is not given, or says what is wrong.
            row = self._in_columns(self.model.validated(values))
        rows = self._rows
        if self._take_in(len(rows)):
            rows.append(row)

    def _columns(self) -> Sequence[str]:
        return self._names

    @property
    def _gathered(self) -> int:
        return len(self._rows)

    def _drained(self) -> Iterable[tuple[Any, ...]]:
        drained, self._rows = self._rows, []
        return drained


def _picking(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return what takes these values out of a row, in this order."""
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)


def buffer_for(
    kind: type[BufferT], model: type[Base], limit: int, on_full: Callable[[], None], erasures: int | None
) -> BufferT:
    """Return an empty buffer for the model.

    Raises:
        TypeError: its table is not written behind, or not in this shape.
    """
    table = model.__table__
    is_declared = shape_of(table) is kind.shape
    reasons = problems(table) if is_declared else [f"It is not declared with write_behind(Shape.{kind.shape.name})."]
    if model.__pydantic_decorators__.model_validators:
        reasons.append("Its model looks at each row as a whole, which takes too long here.")
    if reasons:
        raise TypeError(f"The table {table.name} cannot be written behind so. {' '.join(reasons)}")
    return kind(model, limit, on_full, erasures)
