"""All operations of the API with who may use them, as their dependencies say it; the description and tests go by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from guildbase.api.dependencies import SAFE_METHODS, Needs, get_caller, get_idempotency_key, get_operator, get_person
from guildbase.core.rights import Right


class Guard(StrEnum):
    """Who may use an operation."""

    PUBLIC = "public"
    CALLER = "caller"
    """Whoever is signed in, and any program with a key; what they get is their own, or everybody's."""
    PERSON = "person"
    OPERATOR = "operator"
    GUILD = "guild"
    """Who holds a right in the guild."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    guard: Guard
    right: Right | None
    """What it asks for in the guild; None if it is of no guild."""
    is_idempotent_by_key: bool

    @property
    def is_unsafe(self) -> bool:
        """Whether it may change something."""
        return self.method not in SAFE_METHODS


def operations(routes: Sequence[BaseRoute]) -> Iterator[Operation]:
    """Yield each operation that the description shows."""
    for route in iter_route_contexts(routes):
        if not isinstance(route.original_route, APIRoute) or not route.include_in_schema:
            continue
        calls = list(_calls(route.dependant))
        guard, right = _guard(calls)
        for method in sorted(route.methods or ()):
            yield Operation(
                str(route.operation_id), method, str(route.path_format), guard, right, get_idempotency_key in calls
            )


def _calls(dependant: Dependant) -> Iterator[Any]:
    for needed in dependant.dependencies:
        yield needed.call
        yield from _calls(needed)


def _guard(calls: list[Any]) -> tuple[Guard, Right | None]:
    rights = [call.right for call in calls if isinstance(call, Needs)]
    if rights:
        return Guard.GUILD, rights[0]
    for call, guard in ((get_operator, Guard.OPERATOR), (get_person, Guard.PERSON), (get_caller, Guard.CALLER)):
        if call in calls:
            return guard, None
    return Guard.PUBLIC, None
