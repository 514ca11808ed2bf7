"""Which models a statement speaks of, anywhere in it: in joins, subqueries, EXISTS and rows that it loads along."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy.orm import Mapper
from sqlalchemy.sql import visitors

_JOINED = ("lazy", "joined")


def entities_in(statement: Any) -> dict[type[Any], None]:
    """Return every model in the statement, each once, in the order of their appearance."""
    found: dict[type[Any], None] = {}
    for element in visitors.iterate(statement):
        entity = element._annotations.get("parententity")  # noqa: SLF001 - SQLAlchemy offers no public way.
        if entity is not None:
            found[entity.class_] = None
        for mapper in (*_joined_along_relationships(element), *_loaded_along(element)):
            found[mapper.class_] = None
    for model in list(found):
        found |= dict.fromkeys(_always_loaded_along(model.__mapper__))
    return found


def _joined_along_relationships(element: Any) -> Iterator[Mapper[Any]]:
    """Yield the targets of `.join(Parent.children)`, which names no model but the parent."""
    for target, on, *_ in getattr(element, "_setup_joins", ()):
        for part in (target, on):
            mapper = getattr(getattr(part, "property", None), "mapper", None)
            if mapper is not None:
                yield mapper


def _loaded_along(element: Any) -> Iterator[Mapper[Any]]:
    """Yield what `joinedload` adds to the statement; other loaders send a statement of their own."""
    for option in getattr(element, "_with_options", ()):
        for step in getattr(option, "context", ()):
            if _JOINED in (getattr(step, "strategy", None) or ()):
                yield from (part.mapper for part in step.path.path if hasattr(part, "mapper"))


@cache
def _always_loaded_along(mapper: Mapper[Any]) -> tuple[type[Any], ...]:
    """Return the targets of relationships that are declared as joined; one does not lead to others in turn."""
    return tuple(relation.mapper.class_ for relation in mapper.relationships if relation.lazy in ("joined", False))
