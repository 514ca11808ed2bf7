"""The API's frame: health, keys, the one shape of errors, correlation ids and the description of it all."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import SecretStr
from structlog.testing import capture_logs

import guildbase
from guildbase.api.app import create_app
from guildbase.api.documentation import page
from guildbase.api.errors import Problem
from guildbase.core.errors import Conflict, DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.core.snowflake import SMALLEST
from guildbase.database.manager import DatabaseManager
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.testing.valkey import ValkeyProcess

CASES = f"/guilds/{SMALLEST}/cases"
COUNTED = {"shard_id", "effect_id", "work_id"}
"""Numbers that are counted up from 0 or 1, and are none of Discord's."""
SECRET = "hunter2-the-database-password"
NO_DISCORD = """
import sys
from guildbase.api.app import create_app
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
registry = FeatureRegistry.discover()
assert not registry.broken, registry.broken
app = create_app(assemble(Settings(database_url="sqlite:///unused.db"), registry))
assert "/api/v1/guilds/{guild_id}/cases" in app.openapi()["paths"]
print([name for name in sys.modules if name.partition(".")[0] == "discord"])
"""


@pytest.fixture
async def services(sqlite_url: str, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """The frame knows no database of its own, so one is enough."""
    assembled = assemble(Settings(database_url=sqlite_url), registry)
    yield assembled
    await assembled.close()


async def test_health_tells_version_and_features(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers={"X-API-Key": ""})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["database"], body["version"]) == ("ok", "ok", guildbase.__version__)
    assert (body["redis"], body["broken_loops"]) == ("not_used", [])
    assert body["bot"] == {"state": "absent", "shards": 0, "ready": 0}
    assert {"guilds", "moderation", "status"} <= set(body["features"])


async def test_health_tells_of_redis_and_of_broken_loops_and_goes_on(
    sqlite_url: str, registry: FeatureRegistry, guildbase_valkey: ValkeyProcess
) -> None:
    services = assemble(Settings(database_url=sqlite_url, redis_url=SecretStr(guildbase_valkey.url)), registry)
    transport = httpx.ASGITransport(create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1") as client:
        body = (await client.get("/health")).json()
        assert (body["redis"], body["broken_loops"]) == ("ok", [])
        guildbase_valkey.kill()
        answer = await client.get("/health")
        assert (answer.status_code, answer.json()["redis"]) == (200, "degraded")
    await services.close()


async def test_without_its_database_the_api_says_that_it_cannot_work(registry: FeatureRegistry) -> None:
    services = assemble(Settings(database_url="postgresql://u:p@127.0.0.1:9/x"), registry)
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as client:
        answer = await client.get("/health")
        assert (answer.status_code, answer.json()["database"]) == (503, "unavailable")
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["status"], answer.json()["bot"]) == (503, "unavailable", None)
        assert (await client.get("/health/live")).json() == {"status": "ok"}
        answer = await client.get(CASES)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["code"] == "database_unavailable"
    await services.close()


@pytest.mark.parametrize("key", [None, "", "wrong", DEFAULT_API_KEY + "x", "schlüssel".encode()])
async def test_a_missing_or_wrong_key_is_refused(client: httpx.AsyncClient, key: str | bytes | None) -> None:
    del client.headers["X-API-Key"]
    answer = await client.get(
        CASES, headers={} if key is None else {b"X-API-Key": key if isinstance(key, bytes) else key.encode()}
    )
    assert answer.status_code == 401
    error = answer.json()
    assert (error["code"], error["detail"]) == ("not_authenticated", "You are not signed in.")
    assert "X-API-Key" in error["hint"]


async def test_every_error_has_the_same_shape_and_the_requests_id(client: httpx.AsyncClient) -> None:
    for path, status, code in (
        (CASES, 404, "guild_not_found"),
        ("/guilds/abc/cases", 422, "invalid_input"),
        ("/nowhere", 404, "http_error"),
    ):
        answer = await client.get(path)
        assert answer.status_code == status
        error = answer.json()
        assert set(error) == set(Problem.model_fields)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (error["type"], error["status"], error["title"]) == ("about:blank", status, HTTPStatus(status).phrase)
        assert error["code"] == code
        assert error["correlation_id"] == answer.headers["X-Correlation-Id"]
    assert (await client.post("/health")).json()["code"] == "http_error"


async def test_a_harmless_correlation_id_is_taken_over_and_another_is_not(client: httpx.AsyncClient) -> None:
    async def told(given: str) -> str:
        return str((await client.get("/health", headers={"X-Correlation-Id": given})).headers["X-Correlation-Id"])

    assert await told("request-42_a") == "request-42_a"
    for hostile in ("a b", "x" * 65, 'x","level":"error', ""):
        assert re.fullmatch("[0-9a-f]{12}", await told(hostile))
    assert await told("") != await told("")


@pytest.fixture
def failing(services: BotServices) -> httpx.AsyncClient:
    """A client of an application with routes that fail."""
    app = create_app(services)
    router = APIRouter()

    @router.get("/crash")
    async def crash() -> None:
        raise RuntimeError(f"postgresql://bot:{SECRET}@db/main refused")

    @router.get("/half")
    async def half() -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            yield b"the first line"
            raise RuntimeError(SECRET)

        return StreamingResponse(lines())

    @router.get("/conflict")
    async def conflict() -> None:
        raise Conflict("The door is locked.", hint="Knock first.")

    @router.get("/away")
    async def away() -> None:
        raise DatabaseUnavailable("The database is away.")

    app.include_router(router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_an_unexpected_error_hides_our_inside_and_is_in_the_log_under_its_id(failing: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        answer = await failing.get("/crash", headers={"X-Correlation-Id": "quote-me"})
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "code": "internal_error",
        "detail": "Something went wrong on our side.",
        "hint": "Tell the operator the id.",
        "problems": {},
        "correlation_id": "quote-me",
    }
    assert answer.headers["X-Correlation-Id"] == "quote-me"
    assert SECRET not in answer.text
    logged = next(line for line in logs if line["event"] == "request_failed")
    assert logged["path"] == "/crash"
    assert isinstance(logged["exc_info"], RuntimeError)


async def test_an_answer_that_breaks_off_is_not_followed_by_another(failing: httpx.AsyncClient) -> None:
    answer = await failing.get("/half")
    assert answer.text == "the first line"


async def test_an_expected_error_is_answered_as_what_it_is_and_logs_no_error(failing: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        answer = await failing.get("/conflict")
        away = await failing.get("/away")
    assert (answer.status_code, answer.json()["hint"]) == (409, "Knock first.")
    assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
    assert not [line for line in logs if line["log_level"] == "error"]


def ids_as_numbers(schema: Any, path: str = "") -> Iterator[str]:
    """Yield where the description says that an id is a number."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        for name, one in properties.items():
            if (name == "id" or name.endswith("_id")) and name not in COUNTED and "integer" in str(one):
                yield f"{path}.{name}"
        if (
            schema.get("in") in ("path", "query")
            and schema["name"].endswith("_id")
            and schema["name"] not in COUNTED
            and schema["schema"].get("type") != "string"
        ):
            yield f"{path}.{schema['name']}"
        for key, one in schema.items():
            yield from ids_as_numbers(one, f"{path}.{key}")
    elif isinstance(schema, list):
        for one in schema:
            yield from ids_as_numbers(one, path)


async def test_the_description_has_stable_names_and_no_id_that_is_a_number(client: httpx.AsyncClient) -> None:
    """JavaScript rounds numbers as large as Discord's ids, and clients are generated from the operation ids."""
    document = (await client.get("/openapi.json")).json()
    operations = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert {"health", "list_cases"} <= set(operations)
    assert len(set(operations)) == len(operations)
    assert all(re.fullmatch("[a-z_]{3,40}", name) for name in operations)
    assert list(ids_as_numbers(document)) == []


async def test_the_documentation_shows_every_operation_and_runs_nothing(client: httpx.AsyncClient) -> None:
    """A program from elsewhere would run on the dashboard's own address, as whoever reads."""
    document = (await client.get("/openapi.json")).json()
    for _again in range(2):
        answer = await client.get("/docs")
        assert answer.status_code == 200
        for path, methods in document["paths"].items():
            assert f"<code>{path}</code>" in answer.text
            assert all(operation["operationId"] in answer.text for operation in methods.values())
    assert "<script" not in answer.text
    assert "src=" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy


def test_what_a_feature_writes_into_the_description_is_shown_as_text() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    operation: dict[str, Any] = {
        "operationId": hostile,
        "description": f"`{hostile}`",
        "tags": [hostile],
        "responses": {},
    }
    parameter = {"name": hostile, "in": "query", "description": hostile}
    media = {"application/json": {"example": {hostile: hostile}}, "text/plain": {}}
    answers = {"200": {"description": hostile, "content": media}, "404": {"$ref": hostile}}
    operation |= {"parameters": [parameter], "requestBody": {"content": media}, "responses": answers}
    info = dict.fromkeys(("title", "version", "summary"), hostile)
    shown = page({"info": info, "paths": {hostile: {"get": operation}}}, "/openapi.json")
    assert "<img" not in shown
    assert shown.count("&lt;img") > 8


def test_all_routes_together_do_not_load_discord_py() -> None:
    done = subprocess.run([sys.executable, "-c", NO_DISCORD], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_the_application_closes_the_services_only_if_they_are_its_own(
    sqlite_url: str, registry: FeatureRegistry
) -> None:
    for is_own in (False, True):
        services = assemble(Settings(database_url=sqlite_url), registry)
        app = create_app(services, close_services=is_own)
        async with app.router.lifespan_context(app):
            await services.get(DatabaseManager).ping()
        assert bool(services._instances) is not is_own
        await services.close()
