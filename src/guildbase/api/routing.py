"""Finds the route of a request by the parts of its path, and has it answer.

The framework tries one route after the other, of included routers twice, and makes each anew when it is first tried,
which takes a second in all. It still describes the routes, and answers where this does not know: a path that is there
for other methods, or with another slash at its end, and routes that are more than a path and a function.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import APIRouter
from fastapi.datastructures import DefaultPlaceholder
from fastapi.routing import APIRoute
from starlette.convertors import StringConvertor
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from guildbase.api.straight import straight

_ANSWER = "guildbase.answer"
_PARENTS: dict[int, APIRouter] = {}
"""Each holds the router of whose id it is the entry, so that no other router gets this id."""


class _Part:
    """What may follow after the same beginning of paths."""

    __slots__ = ("any", "ends", "named")

    def __init__(self) -> None:
        self.named: dict[str, _Part] = {}
        self.any: _Part | None = None
        """After a parameter."""
        self.ends: dict[str, _End] = {}
        """The routes that end here, by method."""


class _End(NamedTuple):
    """A route."""

    number: int
    """Of several that fit, the first one counts."""
    route: APIRoute
    names: tuple[tuple[int, str], ...]
    """The places and names of its parameters."""
    answer: ASGIApp


class RouteIndex(BaseRoute):
    """Stands in the application's router before the routers that it knows the routes of."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._root = _Part()
        self._count = 0
        self._is_whole = True
        """Whether there is no route among the added ones that is not in here."""
        router.routes.append(self)
        self._known = len(router.routes)

    def add(self, router: APIRouter, prefix: str) -> None:
        """Add the router's routes below the prefix."""
        self._router.routes.extend(_included(router, prefix))
        self._known = len(self._router.routes)
        for path, route in _flat(router, prefix):
            if route is None or not _is_plain(route, path):
                self._is_whole = False
            else:
                self._insert(path, route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return the route of the request; Match.NONE leaves it to the framework."""
        if scope["type"] != "http" or scope.get("root_path") or "fastapi.telemetry" in scope:
            return Match.NONE, {}
        parts = scope["path"].split("/")
        ends = self._ends(parts)
        method = scope["method"]
        fitting = [end.ends[method] for end in ends if method in end.ends]
        if fitting:
            _, route, names, answer = min(fitting) if len(fitting) > 1 else fitting[0]
            params = {name: parts[place] for place, name in names}
            return Match.FULL, {"endpoint": route.endpoint, "path_params": params, "route": route, _ANSWER: answer}
        # If somebody has added routes since, one of them may be meant.
        is_last_word = self._is_whole and self._known == len(self._router.routes)
        if ends or not is_last_word or self._is_there_with_another_end(parts):
            return Match.NONE, {}
        return Match.FULL, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request that was found to match."""
        answer: ASGIApp = scope.get(_ANSWER, self._router.default)
        await answer(scope, receive, send)

    def _insert(self, path: str, route: APIRoute) -> None:
        here, names = self._root, []
        for place, part in enumerate(path.split("/")[1:], 1):
            if part.startswith("{"):
                names.append((place, part[1:-1]))
                here.any = here.any or _Part()
                here = here.any
            else:
                here = here.named.setdefault(part, _Part())
        self._count += 1
        end = _End(self._count, route, tuple(names), straight(route))
        for method in route.methods or ():
            here.ends.setdefault(method, end)

    def _is_there_with_another_end(self, parts: list[str]) -> bool:
        other = parts[:-1] if parts[-1] == "" else [*parts, ""]
        return bool(self._ends(other))

    def _ends(self, parts: list[str]) -> list[_Part]:
        """Return where routes end that have the path: a part can be a word of one and a parameter of another."""
        here = [self._root]
        for given in parts[1:]:
            following = []
            for part in here:
                if (named := part.named.get(given)) is not None:
                    following.append(named)
                if given and part.any is not None:
                    following.append(part.any)
            if not following:
                return following
            here = following
        return [part for part in here if part.ends]


def _included(router: APIRouter, prefix: str) -> list[BaseRoute]:
    """Return the router below the prefix; it is made once for all applications of a process, since it is costly."""
    parent = _PARENTS.get(id(router))
    if parent is None:
        parent = _PARENTS[id(router)] = APIRouter()
        parent.include_router(router, prefix=prefix)
    return parent.routes


def _flat(router: APIRouter, prefix: str) -> Iterator[tuple[str, APIRoute | None]]:
    """Yield the paths and routes of the router and of those in it; None is one of a kind that is not known here."""
    for route in router.routes:
        context: Any = getattr(route, "include_context", None)
        if isinstance(route, APIRoute):
            yield prefix + route.path, route
        elif _adds_only_a_prefix(context):
            yield from _flat(context.included_router, prefix + context.prefix)
        else:
            yield "", None


def _adds_only_a_prefix(context: Any) -> bool:
    """Tell whether a router was included without anything that changes how its routes answer."""
    return (
        context is not None
        and "{" not in context.prefix
        and not (context.dependencies or context.form_limits)
        and context.max_body_size is None
        and isinstance(context.default_response_class, DefaultPlaceholder)
        and isinstance(context.strict_content_type, DefaultPlaceholder)
    )


def _is_plain(route: APIRoute, path: str) -> bool:
    """Tell whether each part of the path is a word, or a parameter that takes any text."""
    are_texts = all(isinstance(convertor, StringConvertor) for convertor in route.param_convertors.values())
    parts = (part for part in path.split("/") if "{" in part)
    return are_texts and all(part.startswith("{") and part.endswith("}") and part.count("{") == 1 for part in parts)
