"""What every answer brings: headers by which a browser handles it as data, leave for other sites, a line in the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from guildbase.api.app import create_app
from guildbase.core.errors import ConfigurationError
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings, load_settings
from guildbase.core.snowflake import SMALLEST
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices

CASES = f"/guilds/{SMALLEST}/cases"
NAMED = f"/guilds/{SMALLEST}/custom-settings"
FRIEND = "https://app.example.com"


@pytest.fixture
async def services(sqlite_url: str, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    settings = Settings(database_url=sqlite_url, cors_origins=(FRIEND,), api_address_limit=30)
    assembled = assemble(settings, registry)
    yield assembled
    await assembled.close()


@pytest.mark.parametrize("path", ["/health", CASES, "/guilds/abc/cases", "/nowhere", "/openapi.json", f"{NAMED}/docs"])
async def test_no_answer_is_kept_framed_or_run(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    told = {name: answer.headers[name] for name in ("X-Content-Type-Options", "Cache-Control", "X-Frame-Options")}
    assert told == {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert len(answer.headers.get_list("Content-Security-Policy")) == 1


async def test_only_a_site_on_the_list_may_read_answers_and_never_with_a_cookie(client: httpx.AsyncClient) -> None:
    ask = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-api-key,idempotency-key"}
    leave = await client.options(CASES, headers={"Origin": FRIEND, **ask})
    assert (leave.status_code, leave.headers["Access-Control-Allow-Origin"]) == (200, FRIEND)
    assert "PATCH" in leave.headers["Access-Control-Allow-Methods"]
    read = await client.get("/health", headers={"Origin": FRIEND})
    assert read.headers["Access-Control-Allow-Origin"] == FRIEND
    for answer in (leave, read):
        assert "Access-Control-Allow-Credentials" not in answer.headers
    for stranger in ("https://evil.example", "null", f"{FRIEND}.evil.example"):
        refused = await client.options(CASES, headers={"Origin": stranger, **ask})
        read = await client.get("/health", headers={"Origin": stranger})
        assert "Access-Control-Allow-Origin" not in {*refused.headers, *read.headers}, stranger


async def test_without_a_list_no_other_site_may_read_anything(sqlite_url: str, registry: FeatureRegistry) -> None:
    services = assemble(Settings(database_url=sqlite_url), registry)
    transport = httpx.ASGITransport(create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1") as client:
        answer = await client.get("/health", headers={"Origin": FRIEND})
        assert "Access-Control-Allow-Origin" not in answer.headers
    await services.close()


@pytest.mark.parametrize("wrong", ["*", '["*"]', '["https://a.example/path"]', '["ftp://a.example"]', "[1]", "{}"])
def test_a_list_of_sites_names_each_of_them(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_CORS_ORIGINS", wrong)
    with pytest.raises(ConfigurationError, match="GUILDBASE_CORS_ORIGINS: must be a JSON list of origins"):
        load_settings()


def test_a_list_of_sites_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_CORS_ORIGINS", f'["{FRIEND}"]')
    assert load_settings().cors_origins == (FRIEND,)


async def test_a_flood_from_one_address_is_refused_whoever_sends_it(services: BotServices) -> None:
    app = create_app(services)

    def at(address: str, headers: dict[str, str]) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers)

    async with at("127.0.0.9", {}) as nobody, at("127.0.0.9", {"X-API-Key": DEFAULT_API_KEY}) as program:
        statuses = [(await nobody.get("/nowhere")).status_code for _ in range(40)]
        assert statuses == [404] * 30 + [429] * 10
        refused = await program.get(CASES)
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["X-Content-Type-Options"] == "nosniff"
        assert (await nobody.get("/health/live")).status_code == 200
        # What somebody called "health" is not the API's.
        assert (await program.get(f"{NAMED}/health")).status_code == 429
    async with at("127.0.0.8", {"X-API-Key": DEFAULT_API_KEY}) as neighbour:
        assert (await neighbour.get(CASES)).status_code == 404


async def test_regression_only_the_import_may_bring_more_than_others(client: httpx.AsyncClient) -> None:
    large = {"value_schema": {"type": "string", "description": "x" * 300_000}}
    answer = await client.put(f"{NAMED}/import", json=large)
    assert (answer.status_code, answer.json()["detail"]) == (413, "The request has more than 256 KiB.")
    answer = await client.post(f"/guilds/{SMALLEST}/import", json=large)
    assert answer.status_code != 413


async def test_each_request_is_one_line_with_its_route_and_none_of_its_secrets(client: httpx.AsyncClient) -> None:
    secret = "hunter2"
    with capture_logs() as logs:
        await client.get(CASES, params={"words": secret}, headers={"X-Correlation-Id": "quote-me"})
        await client.get("/health", headers={"X-API-Key": secret, "Cookie": f"guildbase_session={secret}"})
    asked, health = (line for line in logs if line["event"] == "request")
    expected: dict[str, Any] = {
        "event": "request", "log_level": "info", "method": "GET", "status": 404, "caller": "operator",
        "caller_id": None, "guild_id": str(SMALLEST), "route": "/guilds/{guild_id}/cases",
    }  # fmt: skip
    assert {name: asked[name] for name in expected} == expected
    assert 0 < asked["ms"] < 60_000
    assert (health["route"], health["status"], health["caller"]) == ("/health", 200, "nobody")
    assert secret not in str(logs)
