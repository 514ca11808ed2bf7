"""The description of the API: what the framework finds in the routes, with their refusals, rights and examples.

A client is generated from it, so an operation declares every refusal that it can answer, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.security.base import SecurityBase
from starlette.routing import BaseRoute

from guildbase.api.dependencies import API_KEY, SESSION
from guildbase.api.errors import MEDIA_TYPE, Problem
from guildbase.api.examples import example_of
from guildbase.api.operations import Guard, Operation, operations
from guildbase.core.rights import NAMES

WAYS = (API_KEY, SESSION)
"""How a caller says who they are."""
_PROBLEM = "#/components/schemas/Problem"
_WHEN = {
    401: "Nobody is signed in, and there is no valid key.",
    403: "The caller may not do this, or the request comes from another site.",
    404: "There is no such thing, or the caller may not know of it.",
    409: "The present state does not allow it, or it changed meanwhile; look again.",
    413: "The request is too large.",
    422: "Something of the request is wrong; `problems` says what. Nothing was done.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
    502: "Discord refused it for good.",
    503: "The database or the bot does not answer now; `Retry-After` says when to try again.",
}
_CODES = {401: "not_authenticated", 403: "permission_denied", 422: "invalid_input", 429: "rate_limited"}


class Api(FastAPI):
    """An application that describes itself as it is."""

    _described: dict[str, Any] | None = None

    def openapi(self) -> dict[str, Any]:
        """Return the description; it is made at the first call, and again when routes were added."""
        document = super().openapi()
        if document is not self._described:
            complete(document, self.routes)
            self._described = document
        return document


def complete(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Add refusals, rights and examples to the framework's description."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.setdefault("Problem", Problem.model_json_schema())
    components["responses"] = {f"Problem{status}": _refusal(status) for status in _WHEN}
    schemes = components.setdefault("securitySchemes", {})
    schemes |= {scheme.scheme_name: _scheme(scheme) for scheme in WAYS}
    schemes["CsrfToken"] = {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "What `GET /api/v1/auth/me` gives; a browser sends it with all that changes something.",
    }
    for operation in operations(routes):
        described = document["paths"][operation.path][operation.method.lower()]
        _tell_refusals(described, operation)
        _tell_rights(described, operation)
        _add_examples(described, schemas)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _tell_refusals(described: dict[str, Any], operation: Operation) -> None:
    responses = described["responses"]
    own = {int(status) for status, response in responses.items() if status.isdigit() and _is_problem(response)}
    kept = {status: response for status, response in responses.items() if not _is_problem(response)}
    added = {
        str(status): {"$ref": f"#/components/responses/Problem{status}"}
        for status in sorted({*_refusals(described, operation), *(own - {422})})
        if str(status) not in kept
    }
    described["responses"] = kept | added


def _refusals(described: dict[str, Any], operation: Operation) -> Iterator[int]:
    has_body, parameters = "requestBody" in described, described.get("parameters", ())
    yield from (429, 503)
    if operation.guard is not Guard.PUBLIC:
        yield 401
    is_about_something = any(it["in"] == "path" for it in parameters)
    is_somebodys = operation.guard in (Guard.PERSON, Guard.GUILD)
    if is_somebodys or operation.is_unsafe or (operation.guard is not Guard.PUBLIC and is_about_something):
        yield 403
    if is_about_something or operation.guard is Guard.OPERATOR:
        yield 404
    if operation.is_unsafe:
        yield 409
    if has_body:
        yield 413
    if has_body or parameters:
        yield 422


def _is_problem(response: dict[str, Any]) -> bool:
    found = str(response)
    return _PROBLEM in found or "HTTPValidationError" in found


def _scheme(scheme: SecurityBase) -> dict[str, Any]:
    return scheme.model.model_dump(mode="json", by_alias=True, exclude_none=True)


def _tell_rights(described: dict[str, Any], operation: Operation) -> None:
    if operation.guard is not Guard.PUBLIC:
        described["security"] = [{scheme.scheme_name: []} for scheme in WAYS]
    match operation.guard:
        case Guard.GUILD:
            names = [name for name, right in NAMES.items() if right is operation.right]
            needed = f"the right `{names[0]}`" if names else "any right"
            told = f"Needs {needed} in the server."
        case Guard.OPERATOR:
            told = "For the bot's operators only."
        case Guard.PERSON:
            told = "For people who are signed in."
        case _:
            return
    described["description"] = f"{described.get('description', '')}\n\n{told}".strip()


def _add_examples(described: dict[str, Any], schemas: dict[str, Any]) -> None:
    bodies = [described.get("requestBody", {})]
    bodies += [response for status, response in described["responses"].items() if status.startswith("2")]
    for is_response, body in enumerate(bodies):
        media = body.get("content", {}).get("application/json")
        if media and "schema" in media and "example" not in media and "examples" not in media:
            media["example"] = example_of(media["schema"], schemas, is_whole=bool(is_response))


def _refusal(status: int) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    example = Problem(
        title=title,
        status=status,
        detail=_WHEN[status].partition(";")[0].rstrip(".") + ".",
        code=_CODES.get(status, title.lower().replace(" ", "_")),
        hint="",
        problems={"body.reason": "String should have at most 1000 characters"} if status == 422 else {},
        correlation_id="4f0c1d2e3a5b",
    )
    content = {MEDIA_TYPE: {"schema": {"$ref": _PROBLEM}, "example": example.model_dump()}}
    waits = {"schema": {"type": "integer"}, "description": "Seconds to wait."}
    headers = {"headers": {"Retry-After": waits}} if status in (429, 503) else {}
    return {"description": _WHEN[status], "content": content, **headers}
