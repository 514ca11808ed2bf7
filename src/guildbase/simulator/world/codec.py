"""Entities to plain JSON and back, led by their annotations, so that a new field or kind of entity needs no code.

An entity that is reached a second time is written as the path of its first place (`{"same as": "/users/5"}`),
so what was one object is one object again. Fields that have their defaults are left out.
"""

from __future__ import annotations

import base64
import binascii
import types
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_SAME = "same as"


class NotReadable(Exception):
    """The data does not fit the entities; `path` is where."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or '/'}: {problem}")


class Writer:
    """Turns values into JSON; it remembers which entities it has written and where."""

    def __init__(self) -> None:
        self._places: dict[int, str] = {}

    def write(self, value: object, path: str) -> object:
        """Return the JSON of a value that is found at the path."""
        if value is None or isinstance(value, (str, int, float)):
            return value.value if isinstance(value, Enum) else value
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        if isinstance(value, range):
            return [value.start, value.stop, value.step]
        if isinstance(value, dict):
            return {_key(name): self.write(it, f"{path}/{_key(name)}") for name, it in value.items()}
        if isinstance(value, (list, tuple, set, frozenset, deque)):
            items = sorted(value) if isinstance(value, (set, frozenset)) else value
            return [self.write(it, f"{path}/{place}") for place, it in enumerate(items)]
        return self._entity(value, path)

    def _entity(self, value: object, path: str) -> object:
        if not is_dataclass(value) or isinstance(value, type):
            raise TypeError(f"{path}: a {type(value).__name__} cannot be saved")
        known = self._places.setdefault(id(value), path)
        if known != path:
            return {_SAME: known}
        written: dict[str, object] = {}
        for one in fields(value):
            found = getattr(value, one.name)
            if found != _default(one):
                written[one.name] = self.write(found, f"{path}/{one.name}")
        return written


class Reader:
    """Turns JSON into values of given types; it remembers the entities it has made by their paths."""

    def __init__(self) -> None:
        self._made: dict[str, object] = {}

    def read(self, kind: Any, data: Any, path: str) -> Any:
        """Return the value of the annotated type; raise NotReadable."""
        try:
            return self._read(kind, data, path)
        except (TypeError, ValueError, LookupError, AttributeError, binascii.Error) as error:
            raise NotReadable(path, f"{error or type(error).__name__}") from error

    def _read(self, kind: Any, data: Any, path: str) -> Any:
        origin, inner = get_origin(kind), get_args(kind)
        if kind in (Any, object):
            return data
        if origin in (Union, types.UnionType):
            return self._union(inner, data, path)
        if origin is dict:
            return {_named(inner[0], it): self.read(inner[1], one, f"{path}/{it}") for it, one in data.items()}
        if origin is tuple and inner[-1] is not Ellipsis:
            return tuple(self.read(it, data[place], f"{path}/{place}") for place, it in enumerate(inner))
        if origin in (list, tuple, set, frozenset, deque):
            return origin(self.read(inner[0], it, f"{path}/{place}") for place, it in enumerate(data))
        if is_dataclass(kind):
            return self._entity(kind, data, path)
        return _plain(kind, data)

    def _union(self, kinds: Iterable[Any], data: Any, path: str) -> Any:
        """Return the value as the first of the types that it fits."""
        if data is None and type(None) in kinds:
            return None
        problem: NotReadable | None = None
        for kind in kinds:
            if kind is not type(None):
                try:
                    return self.read(kind, data, path)
                except NotReadable as error:
                    problem = problem or error
        raise problem or ValueError("nothing fits")

    def _entity(self, kind: Any, data: dict[str, Any], path: str) -> Any:
        if list(data) == [_SAME]:
            found = self._made[data[_SAME]]
            if not isinstance(found, kind):
                raise TypeError(f"{data[_SAME]} is no {kind.__name__}")
            return found
        known = _hints(kind)
        if strange := data.keys() - known.keys():
            raise ValueError(f"a {kind.__name__} has no {', '.join(sorted(strange))}")
        values = {name: self.read(known[name], it, f"{path}/{name}") for name, it in data.items()}
        made = self._made[path] = kind(**values)
        _bound_queues(made)
        return made


def _key(value: object) -> str:
    """Return a dictionary's key as JSON can hold it."""
    if isinstance(value, tuple):
        return " ".join(map(_key, value))
    return "null" if value is None else str(value.value if isinstance(value, Enum) else value)


def _named(kind: Any, text: str) -> Any:
    """Return a dictionary's key as its annotated type."""
    if get_origin(kind) is tuple:
        return tuple(_named(it, part) for it, part in zip(get_args(kind), text.split(" "), strict=True))
    if get_origin(kind) in (Union, types.UnionType):
        if text == "null" and type(None) in get_args(kind):
            return None
        return _named(next(it for it in get_args(kind) if it is not type(None)), text)
    return text if kind is str else _plain(kind, int(text))


def _plain(kind: Any, data: Any) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(data)
    if kind is bytes:
        return base64.b64decode(data, validate=True)
    if kind is range:
        return range(*data)
    if issubclass(kind, Enum):
        return kind(data)
    if kind is float and type(data) is int:
        return float(data)
    if type(data) is not kind:
        raise TypeError(f"{str(data)[:40]!r} is no {kind.__name__}")
    return data


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Return the types of the fields by name, type variables resolved by nothing: they must be annotated anew."""
    return get_type_hints(kind)


def _default(one: Field[Any]) -> object:
    """Return what the field has when nothing is given; something equal to no value if it must be given."""
    made: Callable[[], object] = one.default_factory if one.default_factory is not MISSING else lambda: one.default
    return made()


def _bound_queues(made: Any) -> None:
    """Give queues the length at which their entity lets go of the oldest."""
    for one in fields(made):
        found = getattr(made, one.name)
        if isinstance(found, deque):
            setattr(made, one.name, deque(found, _default(one).maxlen))  # type: ignore[attr-defined]
