"""Faults of the API: refusals, storms of 429, slowness, cut connections and broken bodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Literal

import orjson
from aiohttp import web

from guildbase.simulator.errors import Json
from guildbase.simulator.faults.fault import Fault, ImpossibleFault, When
from guildbase.simulator.world.clock import Clock

Cut = Literal["before", "after"]
Garble = Literal["truncate", "scramble"]
_VIA = {"Via": "1.1 simulator"}
_ERRORS: dict[int, Json] = {
    400: {"message": "400: Bad Request", "code": 0},
    401: {"message": "401: Unauthorized", "code": 0},
    403: {"message": "Missing Permissions", "code": 50013},
    404: {"message": "404: Not Found", "code": 0},
    500: {"message": "500: Internal Server Error", "code": 0},
}
_TEXTS = {50001: "Missing Access", 50013: "Missing Permissions"}
# These come from the servers in front of the API, which speak no JSON.
_PROXY_PAGE = "<html><head><title>{status} {phrase}</title></head><body><h1>{phrase}</h1></body></html>"


@dataclass(slots=True, frozen=True)
class RestEffect:
    """What happens to a request: slowed, then refused or cut, or its answer spoilt."""

    status: int | None = None
    code: int | None = None
    retry_after: float = 1.0
    firewall: bool = False
    latency: tuple[float, float] = (0.0, 0.0)
    cut: Cut | None = None
    garble: Garble | None = None

    def __post_init__(self) -> None:
        outcomes = [it for it in (self.status, self.cut, self.garble) if it is not None]
        if len(outcomes) > 1:
            raise ImpossibleFault("choose one of status, cut and garble")
        if not outcomes and not self.latency[1]:
            raise ImpossibleFault("a fault needs a status, a latency, a cut or a garble")
        if self.status is not None and not 400 <= self.status <= 599:
            raise ImpossibleFault("status must be an error, 400 to 599")
        if not 0 <= self.latency[0] <= self.latency[1]:
            raise ImpossibleFault("latency must be a number of seconds or a rising pair of them")
        if self.firewall and self.status != HTTPStatus.TOO_MANY_REQUESTS:
            raise ImpossibleFault("only a 429 comes from the firewall")

    def describe(self) -> str:
        """Say in a few words what it does."""
        if self.status is not None:
            return f"{self.status}{' by the firewall' if self.firewall else ''}"
        if self.cut is not None:
            return f"cut {self.cut}"
        return self.garble or "latency"


class RestFault(Fault):
    """A fault that strikes requests whose route or path matches a pattern."""

    def __init__(self, route: str, effect: RestEffect, when: When, clock: Clock, on_hit: Callable[[str], None]) -> None:
        super().__init__(f"{route}: {effect.describe()}", when, clock, on_hit)
        self.route = route
        self.effect = effect

    def concerns(self, *names: str) -> bool:
        """Tell whether one of the names, like "POST /channels/{channel_id}/messages", matches."""
        return any(fnmatchcase(it, self.route) for it in names)

    def pause(self) -> float:
        """Return for how many seconds this request is held up."""
        low, high = self.effect.latency
        return low if low == high else self.random.uniform(low, high)


def refusal(effect: RestEffect) -> web.Response:
    """Return the answer of an effect that has a status."""
    status = effect.status or 500
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _too_many(effect)
    if status in _ERRORS or effect.code is not None or status < HTTPStatus.INTERNAL_SERVER_ERROR:
        body = _ERRORS.get(status, {"message": f"{status}: {_phrase(status)}", "code": 0})
        if effect.code is not None:
            body = {"message": _TEXTS.get(effect.code, body["message"]), "code": effect.code}
        return _answer(status, orjson.dumps(body), "application/json", _VIA)
    page = _PROXY_PAGE.format(status=status, phrase=_phrase(status))
    return _answer(status, page.encode(), "text/html", _VIA)


def _too_many(effect: RestEffect) -> web.Response:
    wait = {"Retry-After": str(max(1, round(effect.retry_after + 0.5)))}
    if effect.firewall:
        # What the firewall sends has no Via header; discord.py tells it from the API's own 429 by that.
        return _answer(429, b"error code: 1015", "text/plain", wait)
    body = {"message": "You are being rate limited.", "retry_after": effect.retry_after, "global": False}
    return _answer(429, orjson.dumps(body), "application/json", _VIA | wait | {"X-RateLimit-Scope": "shared"})


def _answer(status: int, body: bytes, kind: str, headers: dict[str, str]) -> web.Response:
    response = web.Response(status=status, body=body, headers=headers)
    response.headers["Content-Type"] = kind
    return response


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


async def spoil(request: web.Request, answer: web.Response, garble: Garble) -> web.StreamResponse:
    """Send an answer whose body is cut short, or is no JSON any more."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    if garble == "scramble":
        headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
        return web.Response(status=answer.status, body=b"\x00{" + body[::-1], headers=headers)
    spoilt = web.StreamResponse(status=answer.status, headers=answer.headers)
    spoilt.content_length = len(body) + 1
    await spoilt.prepare(request)
    await spoilt.write(body[: len(body) // 2])
    cut(request)
    return spoilt


def cut(request: web.Request) -> None:
    """Break the connection off, as a lost network does."""
    if request.transport is not None:
        request.transport.abort()
