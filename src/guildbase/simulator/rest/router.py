"""From method and path to a handler: a tree of path segments in which literal text wins over parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from guildbase.simulator.errors import DiscordError
from guildbase.simulator.rest.call import Answer, Call

Handler = Callable[[Call], Answer]
_MAJOR = ("channel_id", "guild_id", "webhook_id")


@dataclass(slots=True, frozen=True)
class Route:
    """One operation of the API. Those with a token in their path need no Authorization header.

    `scope` lets people call it by an access token with that scope (with any, if it is empty).
    """

    method: str
    template: str
    handler: Handler
    status: int
    open: bool
    scope: str | None = None
    for_bots: bool = True

    @property
    def name(self) -> str:
        """Method and template, under which requests are counted and limited."""
        return f"{self.method} {self.template}"


@dataclass(slots=True)
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    methods: dict[str, tuple[Route, list[str]]] = field(default_factory=dict)


class RouteTable:
    """The routes of one resource, filled by decorators."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def route(
        self,
        method: str,
        template: str,
        *,
        status: int = 200,
        open: bool = False,  # noqa: A002
        scope: str | None = None,
        for_bots: bool = True,
    ) -> Callable[[Handler], Handler]:
        """Register the handler; 204 answers have no body, `open` routes need no Authorization header.

        With a `scope`, people may call it by an access token too, and nobody else if it is not `for_bots`.
        """

        def register(handler: Handler) -> Handler:
            self.routes.append(Route(method, template, handler, status, open, scope, for_bots))
            return handler

        return register


class Router:
    """All routes of the API."""

    def __init__(self, tables: list[RouteTable]) -> None:
        self._root = _Node()
        for table in tables:
            for route in table.routes:
                self._add(route)

    def _add(self, route: Route) -> None:
        node, names = self._root, []
        for segment in route.template.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        node.methods[route.method] = (route, names)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the route and its path parameters; raise 404 or 405 as Discord does."""
        # Some libraries write even literal segments encoded, like %40me.
        segments = [unquote(it) for it in path.strip("/").split("/")]
        known = False
        for node, values in _matches(self._root, segments, 0, []):
            if found := node.methods.get(method):
                route, names = found
                return route, dict(zip(names, values, strict=True))
            known = known or bool(node.methods)
        if known:
            raise DiscordError(405, 0, "405: Method Not Allowed")
        raise DiscordError(404, 0, "404: Not Found")


def major_parameter(path: dict[str, str]) -> str:
    """Return the part of the path by which Discord keeps separate limits of one route."""
    for name in _MAJOR:
        if name in path:
            return f"{path[name]}:{path['token']}" if "token" in path else path[name]
    return ""


def _matches(node: _Node, segments: list[str], at: int, values: list[str]) -> Iterator[tuple[_Node, list[str]]]:
    if at == len(segments):
        yield node, values
        return
    if (child := node.literal.get(segments[at])) is not None:
        yield from _matches(child, segments, at + 1, values)
    if node.parameter is not None:
        yield from _matches(node.parameter, segments, at + 1, [*values, segments[at]])
