"""Turns errors into answers in one shape, problem details (RFC 9457) with hint, problems by field and correlation id.

Unexpected errors come here from the middleware: the framework would handle them outside of it, where the
request's id is no longer known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from guildbase.core.errors import GuildbaseError, RateLimited
from guildbase.core.logging import current_correlation_id
from guildbase.core.ports import ErrorReport
from guildbase.services.container import BotServices
from guildbase.services.errors import report

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
MAX_PROBLEMS = 10
"""Mistakes of one request that are told; a body can be made to have any number."""


class Problem(BaseModel):
    """What went wrong, as problem details (RFC 9457); the members after `detail` are ours."""

    type: str = Field(default="about:blank", description="Always `about:blank`: `code` tells kinds of errors apart.")
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no case #12 here."], description="What happened, for people.")
    code: str = Field(examples=["case_not_found"], description="What happened, for programs.")
    hint: str = Field(examples=["`/cases` lists those that there are."], description="What to do next; may be empty.")
    problems: dict[str, str] = Field(description="What is wrong, by field, where that can be said.")
    correlation_id: str = Field(description="Quote this to the operator; every log line of the request has it.")


def install_error_handlers(app: FastAPI) -> None:
    """Answer expected errors as what they are."""

    @app.exception_handler(GuildbaseError)
    async def expected(_request: Request, error: GuildbaseError) -> JSONResponse:
        return refusal(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        problems = {".".join(map(str, item["loc"])): item["msg"] for item in error.errors()[:MAX_PROBLEMS]}
        told = "; ".join(f"{place}: {problem}" for place, problem in problems.items())
        hint = "The OpenAPI document describes every parameter."
        return _answer(422, "invalid_input", told, hint, problems=problems)

    @app.exception_handler(HTTPException)
    async def plain(_request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == HTTPStatus.BAD_REQUEST:  # The framework's word for a body that is no JSON at all.
            return _answer(422, "invalid_input", str(error.detail), "", problems={"body": str(error.detail)})
        return _answer(error.status_code, "http_error", str(error.detail), "", error.headers)


def refusal(error: GuildbaseError) -> JSONResponse:
    """Return the answer to an expected error."""
    wait = {"Retry-After": str(max(1, math.ceil(error.retry_after)))} if isinstance(error, RateLimited) else {}
    return _answer(error.status, error.code, error.message, error.hint, wait, error.problems)


def noted(services: BotServices, route: str, path: str, error: Exception) -> None:
    """Log an unexpected error and have it stored under the request's id."""
    log.error("request_failed", path=path, exc_info=error)
    report(services, error, ErrorReport("request", route, error_id=current_correlation_id()))


def unexpected() -> JSONResponse:
    """Return an answer with the id to quote, which tells nothing of our inside."""
    return _answer(500, "internal_error", "Something went wrong on our side.", "Tell the operator the id.")


def _answer(
    status: int,
    code: str,
    message: str,
    hint: str,
    headers: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> JSONResponse:
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=_whole(message),
        code=code,
        hint=hint,
        problems={_whole(place): _whole(problem) for place, problem in (problems or {}).items()},
        correlation_id=current_correlation_id() or "",
    )
    retry = {"Retry-After": "5"} if status == 503 else {}
    return JSONResponse(
        problem.model_dump(),
        status_code=status,
        headers={**retry, **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def _whole(text: str) -> str:
    """Return the text without halves of characters, which a client may have sent and no answer can hold."""
    return text.encode(errors="replace").decode()
