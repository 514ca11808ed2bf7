"""Calls our own dependencies straight, ahead of the framework: it takes longer over each than most of them take.

So whoever may not ask is refused before anything else of the request is looked at, its body above all.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

from fastapi import Request, Response
from fastapi.routing import APIRoute, request_response
from starlette.types import ASGIApp

from guildbase.api.dependencies import Needs, get_caller, get_operator, get_person, get_services

Endpoint = Callable[..., Awaitable[Any]]
Finder = Callable[[Request], Awaitable[Any]]

_OURS: tuple[Any, ...] = (get_caller, get_operator, get_person, get_services)
"""They need the request and nothing else, as a `Needs` does."""
_FOUND = "guildbase.found"
_REQUEST = "guildbase_request"


def straight(route: APIRoute) -> ASGIApp:
    """Return what answers for the route, as the framework would."""
    dependant, endpoint = route.dependant, route.dependant.call
    needed = {it.name: cast("Finder", it.call) for it in dependant.dependencies if it.name and _is_ours(it.call)}
    is_other = endpoint is None or not inspect.iscoroutinefunction(endpoint) or route.max_body_size is not None
    if is_other or not needed:
        return route.app
    name = dependant.request_param_name or _REQUEST

    async def call(**values: Any) -> Any:
        request: Request = values.pop(_REQUEST) if name == _REQUEST else values[name]
        return await cast("Endpoint", endpoint)(**values, **request.scope[_FOUND])

    rest = [it for it in dependant.dependencies if it.name not in needed]
    without = copy.copy(route)
    without.dependant = replace(dependant, dependencies=rest, call=call, request_param_name=name)
    handle = without.get_route_handler()

    async def answer(request: Request) -> Response:
        request.scope[_FOUND] = {name: await find(request) for name, find in needed.items()}
        return await handle(request)

    return request_response(answer)


def _is_ours(call: Callable[..., Any] | None) -> bool:
    return isinstance(call, Needs) or any(call is it for it in _OURS)
