"""Answers the usual request straight, ahead of the framework: it takes longer over each than most of them take.

Our own dependencies are called first. So whoever may not ask is refused before anything else of the request is looked
at, its body above all. Then parameters and body are checked by the framework's own fields. Where something of the
request or of the route is not as usual, the framework does the rest, and tells what is wrong as it always does.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

from fastapi import HTTPException, Request, Response, params
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute, request_response, serialize_response
from starlette.types import ASGIApp, Receive, Scope, Send

from guildbase.api.dependencies import Needs, get_caller, get_operator, get_person, get_services

Endpoint = Callable[..., Awaitable[Any]]
Finder = Callable[[Request], Awaitable[Any]]

_OURS: tuple[Any, ...] = (get_caller, get_operator, get_person, get_services)
"""They need the request and nothing else, as a `Needs` does."""
_FOUND = "guildbase.found"
_ASKED = "guildbase.request"
_REQUEST = "guildbase_request"
_JSON = "application/json"


def straight(route: APIRoute) -> ASGIApp:
    """Return what answers for the route, as the framework would."""
    dependant, endpoint = route.dependant, route.dependant.call
    needed = {it.name: cast("Finder", it.call) for it in dependant.dependencies if it.name and _is_ours(it.call)}
    is_other = endpoint is None or not inspect.iscoroutinefunction(endpoint) or route.max_body_size is not None
    if is_other or not needed:
        return route.app
    framework, is_usual = _framework(route, needed), _is_usual(route, needed)
    status, own = route.status_code or 200, dependant.request_param_name

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = scope[_ASKED] = Request(scope, receive, send)
        found = scope[_FOUND] = {name: await find(request) for name, find in needed.items()}
        values = await _values(route, request) if is_usual else None
        if values is None:
            await framework(scope, receive, send)
            return
        if own:
            values[own] = request
        result = await cast("Endpoint", endpoint)(**values, **found)
        if isinstance(result, Response):
            await result(scope, receive, send)
            return
        body = await serialize_response(field=route.response_field, response_content=result, dump_json=True)
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", _JSON.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def _framework(route: APIRoute, needed: dict[str, Finder]) -> ASGIApp:
    """Return what has the framework answer a request for which our dependencies are found."""
    dependant = route.dependant
    name = dependant.request_param_name or _REQUEST

    async def call(**values: Any) -> Any:
        request: Request = values.pop(_REQUEST) if name == _REQUEST else values[name]
        return await cast("Endpoint", dependant.call)(**values, **request.scope[_FOUND])

    rest = [it for it in dependant.dependencies if it.name not in needed]
    without = copy.copy(route)
    without.dependant = replace(dependant, dependencies=rest, call=call, request_param_name=name)
    handle = without.get_route_handler()

    async def answer(request: Request) -> Response:
        return await handle(request.scope[_ASKED])  # The first one has the body, if it was read.

    return request_response(answer)


def _is_usual(route: APIRoute, needed: dict[str, Finder]) -> bool:
    """Tell whether the route asks for nothing but our dependencies, path, query and one JSON body, and gives JSON."""
    it, bodies = route.dependant, route.dependant.body_params
    asks_for_more = (
        it.header_params
        or it.cookie_params
        or it.http_connection_param_name
        or it.response_param_name
        or it.background_tasks_param_name
        or it.security_scopes_param_name
    )
    is_shaped = (
        route.response_model_include
        or route.response_model_exclude
        or route.response_model_exclude_unset
        or route.response_model_exclude_defaults
        or route.response_model_exclude_none
        or not route.response_model_by_alias
    )
    return (
        len(needed) == len(it.dependencies)
        and not (asks_for_more or is_shaped)
        and (not bodies or (route.body_field is bodies[0] and type(bodies[0].field_info) is params.Body))
        and route.response_field is not None
        and isinstance(route.response_class, DefaultPlaceholder)
        and route.status_code in (None, 200, 201)
    )


async def _values(route: APIRoute, request: Request) -> dict[str, Any] | None:
    """Return parameters and body by name, checked; None if something of them is not as usual."""
    it, values = route.dependant, {}
    for field in it.path_params:
        value, errors = field.validate(request.path_params.get(field.alias), loc=("path", field.alias))
        if errors:
            return None
        values[field.name] = value
    if it.query_params:
        asked, errors = request_params_to_args(it.query_params, request.query_params)
        if errors:
            return None
        values |= asked
    for field in it.body_params:
        if (body := await _body(request)) is None:
            return None
        value, errors = field.validate(body, loc=("body",))
        if errors:
            return None
        values[field.name] = value
    return values


async def _body(request: Request) -> Any:
    """Return the JSON that the request brings; None if that is not plain."""
    if request.headers.get("content-type") != _JSON:
        return None
    try:
        return json.loads(await request.body())
    except HTTPException:  # It brings too much.
        raise
    except Exception:
        return None


def _is_ours(call: Callable[..., Any] | None) -> bool:
    return isinstance(call, Needs) or any(call is it for it in _OURS)
