"""The API says how often it may be asked, refuses what is more, and limits the guessing of keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import Request
from pydantic import SecretStr

from guildbase.api.app import create_app
from guildbase.api.limits import count_request
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import SMALLEST
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.rate_limits import RateLimits
from guildbase.testing.valkey import ValkeyProcess

CASES = f"/guilds/{SMALLEST}/cases"
KEY = "a-key-of-our-own"
"""The default one is for this machine alone."""


@pytest.fixture
async def services(sqlite_url: str, registry: FeatureRegistry, backing: dict[str, Any]) -> AsyncIterator[BotServices]:
    settings = Settings(database_url=sqlite_url, api_key=SecretStr(KEY), api_rate_limit=3, api_guess_limit=3, **backing)
    assembled = assemble(settings, registry)
    yield assembled
    await assembled.close()


def client_at(services: BotServices, address: str, key: str = KEY) -> httpx.AsyncClient:
    """Return a client whose requests come from the address."""
    transport = httpx.ASGITransport(create_app(services), client=(address, 1234), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers={"X-API-Key": key})


async def test_the_answers_tell_what_is_left_and_the_fourth_of_three_is_refused(services: BotServices) -> None:
    async with client_at(services, "203.0.113.9") as client:
        for left in ("2", "1", "0"):
            answer = await client.get(CASES)
            assert answer.status_code == 404  # An error of the route has the headers, too.
            told = [answer.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]
            assert told == ["3", left, "60"]
        answer = await client.get(CASES)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.headers["RateLimit-Remaining"] == "0"
        error = answer.json()
        assert (error["code"], error["detail"]) == ("rate_limited", "Not so fast.")
        assert error["hint"].startswith("Try again in ")
        assert error["correlation_id"] == answer.headers["X-Correlation-Id"]
        # Health is asked by machines that must not be shut out.
        assert (await client.get("/health")).status_code == 200


@pytest.mark.parametrize(
    ("guesser", "neighbour", "stranger"),
    [("203.0.113.9", "203.0.113.9", "203.0.113.8"), ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1")],
    ids=["IPv4", "IPv6"],
)
async def test_guessing_keys_is_limited_by_address(
    services: BotServices, guesser: str, neighbour: str, stranger: str
) -> None:
    async with client_at(services, guesser, "wrong") as client:
        assert [(await client.get(CASES)).status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    # Not even the right key is told from a wrong one now.
    async with client_at(services, neighbour) as client:
        refused = await client.get(CASES)
        assert (refused.status_code, "RateLimit-Limit" in refused.headers) == (429, False)
    async with client_at(services, stranger) as client:
        assert (await client.get(CASES)).status_code == 404


async def test_an_address_that_is_none_is_limited_too(services: BotServices) -> None:
    async with client_at(services, "testclient", "wrong") as client:
        assert [(await client.get(CASES)).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert services.get(RateLimits).refused == {"api-guesses": 1}


async def test_regression_ipv4_clients_of_an_ipv6_socket_do_not_share_one_limit(services: BotServices) -> None:
    async with client_at(services, "::ffff:203.0.113.9", "wrong") as client:
        assert [(await client.get(CASES)).status_code for _ in range(4)] == [401, 401, 401, 429]
    async with client_at(services, "203.0.113.9") as client:
        assert (await client.get(CASES)).status_code == 429
    async with client_at(services, "::ffff:203.0.113.8") as client:
        assert (await client.get(CASES)).status_code == 404


async def test_regression_a_request_that_is_cancelled_while_it_is_counted_ends_so(
    sqlite_url: str, registry: FeatureRegistry, guildbase_valkey: ValkeyProcess
) -> None:
    backing: dict[str, Any] = {"redis_url": guildbase_valkey.url, "redis_timeout": 10}
    services = assemble(Settings(database_url=sqlite_url, **backing), registry)
    with guildbase_valkey.suspended():
        counting = asyncio.create_task(count_request(Request({"type": "http"}), services, "key"))
        await asyncio.wait([counting], timeout=0.05)
        counting.cancel()
        await asyncio.wait([counting])
    assert counting.cancelled()
    await services.close()
