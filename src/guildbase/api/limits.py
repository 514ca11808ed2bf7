"""How often the API may be asked, and the headers that tell the client about it."""

from __future__ import annotations

import math

from fastapi import Request
from starlette.types import Scope

from guildbase.core.addresses import network_of
from guildbase.core.errors import RateLimited
from guildbase.services.container import BotServices
from guildbase.services.rate_limits import API, API_GUESSES, RateLimits, fingerprint


async def count_request(request: Request, services: BotServices, key: str) -> None:
    """Count one request with the key, and note for the answer's headers how many are left.

    Raises:
        RateLimited: this is one too many.
    """
    limits = services.get(RateLimits)
    limit, window = limits.limit(API)
    try:
        left = await limits.hit(API, fingerprint(key))
    except RateLimited as refused:
        _note(request, limit, 0, refused.retry_after)
        raise
    _note(request, limit, left, window)


def _note(request: Request, limit: int, left: int, wait: float) -> None:
    # Whoever asks nothing for so many seconds has the whole limit again, or, if refused, its next request.
    request.state.headers = (
        (b"ratelimit-limit", b"%d" % limit),
        (b"ratelimit-remaining", b"%d" % left),
        (b"ratelimit-reset", b"%d" % math.ceil(wait)),
    )


async def require_guess(request: Request, services: BotServices) -> None:
    """Refuse an address that has sent too many wrong keys, before its next key is looked at.

    Raises:
        RateLimited: it has.
    """
    limits, address = services.get(RateLimits), address_of(request.scope)
    if await limits.remaining(API_GUESSES, address) == 0:
        await limits.hit(API_GUESSES, address)


async def count_guess(request: Request, services: BotServices) -> None:
    """Count a key that is missing or wrong against the address that sent it."""
    await services.get(RateLimits).hit(API_GUESSES, address_of(request.scope))


def address_of(scope: Scope) -> str:
    """Return the client's address; of IPv6 the network, since each customer has one of many addresses."""
    return network_of(scope["client"][0] if scope.get("client") else "")
