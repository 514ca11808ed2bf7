"""What routes ask for: the services, the caller and checked ids."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Header, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyCookie, APIKeyHeader
from pydantic import AfterValidator, BeforeValidator, StringConstraints

from guildbase.api.browser import (
    SESSION_COOKIE,
    ForeignRequest,
    read_cookie,
    require_csrf_token,
    require_own_page,
    require_this_machine,
)
from guildbase.api.limits import count_guess, count_request, require_guess
from guildbase.core.errors import NotAuthenticated, NotFound, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller, Callers
from guildbase.core.rights import Right
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.core.snowflake import check_snowflake
from guildbase.services.container import BotServices
from guildbase.services.idempotency import IdempotencyKey

API_KEY = APIKeyHeader(
    name="X-API-Key", auto_error=False, description="A key made in the dashboard, or the operator's GUILDBASE_API_KEY."
)
SESSION = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="The login of a browser.")
"""These two only describe: `get_caller` reads what they name itself, since each dependency costs every request."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def get_services(request: Request) -> BotServices:
    """Return the services of this process."""
    services: BotServices = request.app.state.services
    return services


ServicesDep = Annotated[BotServices, Depends(get_services)]


async def get_caller(request: Request) -> Caller:
    """Return who asks, who is established once for each request; raise as `establish` does."""
    known: Caller | None = request.scope.get("caller")
    if known is None:
        known = request.scope["caller"] = await establish(request)
    return known


async def establish(request: Request) -> Caller:
    """Return who asks: a program by its key, or a person by the login of their browser; of no guild yet.

    Raises:
        NotAuthenticated: neither key nor login is there and valid.
        ForeignRequest: a page of somebody else may have sent it with the person's cookie.
        RateLimited: they asked too often, or too many wrong keys came from the address.
    """
    services: BotServices = request.app.state.services
    if key := request.headers.get(API_KEY.model.name):
        caller, counted = await _of_key(request, services, key), key
    else:
        counted = read_cookie(request, services.get(Settings), SESSION_COOKIE)
        caller = await _of_session(request, services, counted) if counted else None
    if caller is None:
        raise NotAuthenticated(_("You are not signed in."), hint=_("Sign in, or send an API key as X-API-Key."))
    request.state.caller = caller
    await count_request(request, services, counted)
    return caller


async def _of_key(request: Request, services: BotServices, key: str) -> Caller | None:
    await require_guess(request, services)
    settings = services.get(Settings)
    expected = settings.api_key.get_secret_value()
    if hmac.compare_digest(key.encode(), expected.encode()):
        if expected == DEFAULT_API_KEY:
            require_this_machine(request, settings)
        return Caller(name="API key", is_system=True)
    caller = await services.get(Callers).of_key(key)
    if caller is None:
        await count_guess(request, services)
        await refused(request, services, None, None, "key")
    return caller


async def _of_session(request: Request, services: BotServices, token: str) -> Caller | None:
    if is_unsafe(request):
        try:
            require_own_page(request, services.get(Settings))
            require_csrf_token(request, token)
        except ForeignRequest:
            await refused(request, services, None, None, "csrf")
            raise
    return await services.get(Callers).of_session(token, is_unsafe=is_unsafe(request))


async def refused(
    request: Request, services: BotServices, caller: Caller | None, guild_id: int | None, reason: str
) -> None:
    """Note as a security event that this request was refused."""
    route = f"{request.method} {getattr(request.scope.get('route'), 'path', request.url.path)}"
    address = request.client.host if request.client else ""
    await services.get(Callers).refused(caller, route, guild_id, reason, address=address)


def is_unsafe(request: Request) -> bool:
    """Tell whether the request may change something."""
    return request.method not in SAFE_METHODS


CallerDep = Annotated[Caller, Depends(get_caller)]
"""Anybody who is signed in, and any program with a key."""


def _digits(value: object) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError("not a Discord id (17 to 20 digits)")
    return int(text)


_Digits = Annotated[str, StringConstraints(pattern="^[0-9]{15,20}$")]
"""What an id looks like, for the description; it is read before that is looked at."""
UserId = Annotated[
    int,
    BeforeValidator(_digits, json_schema_input_type=_Digits),
    AfterValidator(check_snowflake),
    Path(description="The account's id.", examples=["1128754567890123457"]),
]
GuildId = Annotated[
    int,
    BeforeValidator(_digits, json_schema_input_type=_Digits),
    AfterValidator(check_snowflake),
    Path(description="The server's id.", examples=["1128754567890123457"]),
]


class Needs:
    """A dependency: the caller as one of the route's guild, who holds this right there.

    It asks the framework for nothing but the request, since each thing asked for costs every request.
    """

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, request: Request) -> Caller:
        """Return the caller in the guild.

        Raises:
            NotFound: they have no access to the guild at all, or there is none.
            PermissionDenied: they have access, but not this right.
            RequestValidationError: the path has no id of a guild.
        """
        caller = await get_caller(request)
        return await self.require(request, _guild_of(request), caller)

    async def require(self, request: Request, guild_id: int, caller: Caller) -> Caller:
        """Return the caller in this guild, or raise as for one in the path."""
        if caller.is_system:
            return caller
        services: BotServices = request.app.state.services
        try:
            return await services.get(Callers).in_guild(caller, guild_id, self.right, is_unsafe=is_unsafe(request))
        except (NotFound, PermissionDenied) as refusal:
            await refused(request, services, caller, guild_id, refusal.code)
            raise


def _guild_of(request: Request) -> int:
    try:
        return check_snowflake(_digits(request.path_params["guild_id"]))
    except ValueError as error:
        problem = {"type": "value_error", "loc": ("path", "guild_id"), "msg": f"Value error, {error}"}
        raise RequestValidationError([problem]) from None


SettingsViewer = Annotated[Caller, Depends(Needs(Right.VIEW_SETTINGS))]
SettingsEditor = Annotated[Caller, Depends(Needs(Right.EDIT_SETTINGS))]
AccessManager = Annotated[Caller, Depends(Needs(Right.MANAGE_ACCESS))]
GuildOwner = Annotated[Caller, Depends(Needs(Right.OWNER))]
CaseViewer = Annotated[Caller, Depends(Needs(Right.VIEW_CASES))]
Moderator = Annotated[Caller, Depends(Needs(Right.MODERATE))]
AuditViewer = Annotated[Caller, Depends(Needs(Right.VIEW_AUDIT))]
GuildVisitor = Annotated[Caller, Depends(Needs(Right.NONE))]
"""Whoever has any right at all in the guild."""


async def get_person(request: Request) -> Caller:
    """Return the person who is signed in.

    Raises:
        PermissionDenied: a program asks, which is nobody.
    """
    caller = await get_caller(request)
    if caller.user_id is None:
        raise PermissionDenied(_("This is for people who are signed in."), hint=_("Sign in with Discord."))
    return caller


async def get_operator(request: Request) -> Caller:
    """Return a member of the developer team, or the operator's key.

    Raises:
        NotFound: they are neither; nobody else is told that there is such a page.
    """
    return await require_operator(request, await get_caller(request))


async def require_operator(request: Request, caller: Caller) -> Caller:
    """Return the caller if they are an operator, or raise as `get_operator` does."""
    if caller.is_system or caller.is_bot_owner:
        return caller
    await refused(request, request.app.state.services, caller, None, "operator")
    raise NotFound(_("There is nothing here."))


PersonDep = Annotated[Caller, Depends(get_person)]
OperatorDep = Annotated[Caller, Depends(get_operator)]


async def get_idempotency_key(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Your name for this request, such as a UUID. Sent again within a day, it has no second effect.",
        ),
    ] = None,
) -> IdempotencyKey | None:
    """Return what tells this request from others, for `BaseController.once`; None if the client gives no key.

    Raises:
        InvalidInput: the key is empty, too long or not printable.
    """
    if key is None:
        return None
    url = request.url
    return IdempotencyKey.of(key, request.method.encode(), url.path.encode(), url.query.encode(), await request.body())


IdempotencyKeyDep = Annotated[IdempotencyKey | None, Depends(get_idempotency_key)]
