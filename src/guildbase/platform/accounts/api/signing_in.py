"""The way to Discord and back. Browsers come here, so what goes wrong is told by the dashboard's own page."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from guildbase.api.browser import (
    LOGIN_COOKIE,
    SESSION_COOKIE,
    delete_cookie,
    public_origin,
    read_cookie,
    require_own_page,
    set_cookie,
)
from guildbase.api.dependencies import ServicesDep
from guildbase.api.limits import address_of
from guildbase.core.errors import ConfigurationError, GuildbaseError, RateLimited
from guildbase.core.settings import Settings
from guildbase.platform.accounts.controller import LoginController
from guildbase.platform.accounts.controller.login import ATTEMPT_LASTS, SignedIn, SignInFailed, Visit
from guildbase.platform.accounts.models import MAX_PATH
from guildbase.platform.accounts.rules import HOME, safe_path
from guildbase.services.container import BotServices

router = APIRouter(prefix="/auth")
CALLBACK = "/api/v1/auth/callback"
LOGIN_PAGE = "/login"
REDIRECTS: dict[int | str, dict[str, Any]] = {
    303: {"description": "Where the browser goes on: Discord, the page that was wanted, or the login page."}
}
MAX_GIVEN = 2000
PROXIED = frozenset({"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"})
"""What proxies add to a request, besides `X-Forwarded-...`."""


class Ways(BaseModel):
    """How people can sign in here."""

    discord: bool
    development: bool = Field(description="Whether developers may sign in by a token, on this machine alone.")


class DeveloperIn(BaseModel):
    """Who signs in without Discord."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    token: Annotated[str, Field(min_length=1, max_length=200, description="As `guildbase admin add` printed it.")]


@router.get("/ways", operation_id="get_sign_in_ways")
async def get_ways(request: Request, services: ServicesDep) -> Ways:
    """Return how people can sign in here; for everybody."""
    login = services.get(LoginController)
    return Ways(discord=login.is_set_up, development=login.lets_develop(_visit(request, services)))


@router.get("/login", operation_id="sign_in", status_code=303, response_class=RedirectResponse, responses=REDIRECTS)
async def sign_in(
    request: Request,
    services: ServicesDep,
    next_path: Annotated[str, Query(alias="next", max_length=MAX_GIVEN, description="A path of the dashboard.")] = HOME,
) -> Response:
    """Send the browser to Discord's consent page, and later to `next`."""
    settings, login = services.get(Settings), services.get(LoginController)
    wanted = safe_path(next_path)
    try:
        begun = await login.begin(wanted, redirect_uri=_callback(request, settings), visit=_visit(request, services))
    except GuildbaseError as error:
        return _failed(error, wanted)
    answer = _redirect(begun.url)
    set_cookie(answer, request, settings, LOGIN_COOKIE, begun.browser, ATTEMPT_LASTS.total_seconds())
    return answer


@router.get(
    "/callback", operation_id="finish_sign_in", status_code=303, response_class=RedirectResponse, responses=REDIRECTS
)
async def finish_sign_in(
    request: Request,
    services: ServicesDep,
    state: Annotated[str, Query(max_length=MAX_PATH)] = "",
    code: Annotated[str, Query(max_length=MAX_PATH)] = "",
    error: Annotated[str, Query(max_length=MAX_PATH)] = "",
) -> Response:
    """Take in who comes back from Discord; the answer of Discord works once, in the browser that asked."""
    settings = services.get(Settings)
    try:
        signed_in = await services.get(LoginController).finish(
            state=state,
            browser=read_cookie(request, settings, LOGIN_COOKIE),
            code=code,
            error=error,
            redirect_uri=_callback(request, settings),
            visit=_visit(request, services),
        )
    except GuildbaseError as problem:
        answer = _failed(problem, HOME)
    else:
        answer = _redirect(signed_in.next_path)
        _hand_over(answer, request, settings, signed_in)
    delete_cookie(answer, request, settings, LOGIN_COOKIE)
    return answer


@router.post("/development", operation_id="sign_in_as_developer", status_code=204)
async def sign_in_as_developer(body: DeveloperIn, request: Request, response: Response, services: ServicesDep) -> None:
    """Sign in without Discord, on the machine that this runs on; never in production."""
    settings = services.get(Settings)
    require_own_page(request, settings)
    signed_in = await services.get(LoginController).develop(body.name, body.token, _visit(request, services))
    _hand_over(response, request, settings, signed_in)


def _hand_over(response: Response, request: Request, settings: Settings, signed_in: SignedIn) -> None:
    set_cookie(response, request, settings, SESSION_COOKIE, signed_in.token, settings.web_session_max_age)


def _visit(request: Request, services: BotServices) -> Visit:
    return Visit(
        address=request.client.host if request.client else "",
        network=address_of(request.scope),
        browser=request.headers.get("user-agent", ""),
        old_session=read_cookie(request, services.get(Settings), SESSION_COOKIE),
        # Whoever comes through a proxy is not on this machine, whatever the connection's address is.
        is_direct=not any(name in PROXIED or name.startswith("x-forwarded-") for name in request.headers),
    )


def _callback(request: Request, settings: Settings) -> str:
    return public_origin(request, settings) + CALLBACK


def _failed(error: GuildbaseError, wanted: str) -> Response:
    if isinstance(error, SignInFailed):
        problem = error.problem
    else:
        problem = {RateLimited: "limited", ConfigurationError: "not_set_up"}.get(type(error), "discord")
    kept = {"next": wanted} if wanted != HOME else {}
    return _redirect(f"{LOGIN_PAGE}?{urlencode({'problem': problem, **kept})}")


def _redirect(url: str) -> Response:
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})
