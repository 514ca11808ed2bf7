"""What routes ask for: the services, the caller and checked ids."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Header, Path, Request, Security
from fastapi.security import APIKeyHeader
from pydantic import AfterValidator, BeforeValidator

from guildbase.api.limits import count_guess, count_request, require_guess
from guildbase.core.errors import NotAuthenticated
from guildbase.core.ports import Caller
from guildbase.core.settings import Settings
from guildbase.core.snowflake import check_snowflake
from guildbase.services.container import BotServices
from guildbase.services.idempotency import IdempotencyKey

API_KEY = APIKeyHeader(name="X-API-Key", auto_error=False, description="The key in GUILDBASE_API_KEY.")


def get_services(request: Request) -> BotServices:
    """Return the services of this process."""
    services: BotServices = request.app.state.services
    return services


ServicesDep = Annotated[BotServices, Depends(get_services)]


async def get_caller(
    request: Request, services: ServicesDep, key: Annotated[str | None, Security(API_KEY)] = None
) -> Caller:
    """Return who asks; for now the holder of the one key, who may read everything.

    Raises:
        NotAuthenticated: the key is missing or wrong.
        RateLimited: the key was used too often, or too many wrong ones came from the address.
    """
    await require_guess(request, services)
    expected = services.get(Settings).api_key.get_secret_value()
    if key is None or not hmac.compare_digest(key.encode(), expected.encode()):
        await count_guess(request, services)
        raise NotAuthenticated("The API key is missing or wrong.", hint="Send GUILDBASE_API_KEY as X-API-Key.")
    await count_request(request, services, key)
    return Caller(name="API key", is_system=True)


CallerDep = Annotated[Caller, Depends(get_caller)]


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


def _digits(value: object) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError("not a Discord id (17 to 20 digits)")
    return int(text)


GuildId = Annotated[
    int,
    BeforeValidator(_digits, json_schema_input_type=str),
    AfterValidator(check_snowflake),
    Path(description="The server's id.", examples=["1128754567890123457"]),
]
