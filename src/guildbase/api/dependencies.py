"""What routes ask for: the services, the caller and checked ids."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.security import APIKeyHeader
from pydantic import AfterValidator, BeforeValidator

from guildbase.core.errors import NotAuthenticated
from guildbase.core.ports import Caller
from guildbase.core.settings import Settings
from guildbase.core.snowflake import check_snowflake
from guildbase.services.container import BotServices

API_KEY = APIKeyHeader(name="X-API-Key", auto_error=False, description="The key in GUILDBASE_API_KEY.")


def get_services(request: Request) -> BotServices:
    """Return the services of this process."""
    services: BotServices = request.app.state.services
    return services


ServicesDep = Annotated[BotServices, Depends(get_services)]


def get_caller(services: ServicesDep, key: Annotated[str | None, Security(API_KEY)] = None) -> Caller:
    """Return who asks; for now the holder of the one key, who may read everything.

    Raises:
        NotAuthenticated: the key is missing or wrong.
    """
    expected = services.get(Settings).api_key.get_secret_value()
    if key is None or not hmac.compare_digest(key.encode(), expected.encode()):
        raise NotAuthenticated("The API key is missing or wrong.", hint="Send GUILDBASE_API_KEY as X-API-Key.")
    return Caller(name="API key", is_system=True)


CallerDep = Annotated[Caller, Depends(get_caller)]


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
