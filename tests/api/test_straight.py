"""A route that is answered straight gives what the framework would, and asks it where something is unusual."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Body, FastAPI, Query, Request, Response
from fastapi.routing import request_response
from pydantic import BaseModel, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from guildbase.api.app import PREFIX, create_app
from guildbase.api.dependencies import CallerDep, GuildId, ServicesDep
from guildbase.api.routing import RouteIndex
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices

GUILD = "/rooms/1128754567890123457"
ROUTER = APIRouter()
JSON = {"Content-Type": "application/json"}


class Thing(BaseModel):
    name: str = Field(max_length=5)
    size: float = 1.0
    more: dict[str, Any] = {}


class Answer(BaseModel):
    told: str


@ROUTER.get("/rooms/{guild_id}/things/{name}")
async def get_thing(
    guild_id: GuildId, name: str, caller: CallerDep, limit: Annotated[int, Query(le=5)] = 3, words: str = ""
) -> Answer:
    return Answer(told=f"{guild_id} {name} {limit} {words} {caller.is_system}")


@ROUTER.get("/rooms/{guild_id}/answer")
async def get_answer(guild_id: GuildId, caller: CallerDep, request: Request) -> Response:
    return Response(f"{guild_id} {request.method} {caller.name}", 418)


@ROUTER.get("/rooms/{guild_id}/wrong")
async def get_wrong(guild_id: GuildId, _caller: CallerDep) -> Answer:
    return {"told": guild_id}  # type: ignore[return-value]


@ROUTER.post("/rooms/{guild_id}/things", status_code=201)
async def post_thing(guild_id: GuildId, body: Thing, services: ServicesDep, _caller: CallerDep) -> Thing:
    assert isinstance(services, BotServices)
    return Thing(name=f"{guild_id % 10} {body.name[:2]}", size=body.size, more=body.more)


@ROUTER.delete("/rooms/{guild_id}/things")
async def delete_thing(
    guild_id: GuildId, _caller: CallerDep, body: Annotated[Thing | None, Body()] = None
) -> list[str]:
    return [str(guild_id), body.name if body else "all"]


@ROUTER.put("/rooms/{guild_id}/things")
async def put_things(guild_id: GuildId, one: Thing, other: Thing, _caller: CallerDep) -> Answer:
    return Answer(told=f"{guild_id} {one.name} {other.name}")


ASKED: list[tuple[str, str, int, dict[str, Any]]] = [
    ("GET", f"{GUILD}/things/a", 200, {}),
    ("GET", f"{GUILD}/things/a?limit=5&words=x&words=y&other=1", 200, {}),
    ("GET", f"{GUILD}/things/a?limit=6", 422, {}),
    ("GET", f"{GUILD}/things/a?limit=x", 422, {}),
    ("GET", "/rooms/7/things/a?limit=x", 422, {}),
    ("GET", f"{GUILD}/answer", 418, {}),
    ("GET", f"{GUILD}/wrong", 500, {}),
    ("POST", f"{GUILD}/things", 201, {"json": {"name": "a", "more": {"b": [None]}}}),
    ("POST", f"{GUILD}/things", 201, {"content": '{"name": "ä"}'.encode("utf-16"), "headers": JSON}),
    ("POST", f"{GUILD}/things", 201, {"content": '{"name": "a", "size": NaN}', "headers": JSON}),
    (
        "POST",
        f"{GUILD}/things",
        201,
        {"content": '{"name": "a"}', "headers": {"Content-Type": "application/json; charset=utf-8"}},
    ),
    ("POST", f"{GUILD}/things", 422, {"json": {"name": "too long", "size": "x"}}),
    ("POST", "/rooms/7/things", 422, {"json": {"name": "too long", "size": "x"}}),
    ("POST", f"{GUILD}/things", 422, {"json": None}),
    ("POST", f"{GUILD}/things", 422, {"json": []}),
    ("POST", f"{GUILD}/things", 422, {}),
    ("POST", f"{GUILD}/things", 422, {"content": '{"name": "a"}'}),
    ("POST", f"{GUILD}/things", 422, {"content": '{"name": ', "headers": JSON}),
    ("POST", f"{GUILD}/things", 422, {"content": b"\xff\xff\xff", "headers": JSON}),
    ("POST", f"{GUILD}/things", 422, {"content": "[" * 100_000, "headers": JSON}),
    ("POST", f"{GUILD}/things", 413, {"content": " " * 300_000, "headers": JSON}),
    ("DELETE", f"{GUILD}/things", 200, {}),
    ("DELETE", f"{GUILD}/things", 200, {"json": {"name": "a"}}),
    ("DELETE", f"{GUILD}/things", 200, {"content": "null", "headers": JSON}),
    ("PUT", f"{GUILD}/things", 200, {"json": {"one": {"name": "a"}, "other": {"name": "b"}}}),
    ("PUT", f"{GUILD}/things", 422, {"json": {"name": "a"}}),
]


@pytest.fixture
async def services(sqlite_url: str, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    assembled = assemble(Settings(database_url=sqlite_url), registry)
    yield assembled
    await assembled.close()


def straight_app(services: BotServices) -> FastAPI:
    app = create_app(services)
    app.router.routes.insert(0, index := RouteIndex(app.router))
    index.add(ROUTER, PREFIX)
    return app


def framework_app(services: BotServices) -> FastAPI:
    app = create_app(services)
    app.include_router(ROUTER, prefix=PREFIX)
    return app


def asking(app: FastAPI) -> httpx.AsyncClient:
    headers = {"X-API-Key": DEFAULT_API_KEY, "X-Correlation-Id": "same"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1", headers=headers)


async def test_an_answer_is_that_of_the_framework(services: BotServices) -> None:
    async with asking(straight_app(services)) as straight, asking(framework_app(services)) as framework:
        for method, path, status, more in ASKED:
            given = await straight.request(method, path, **more)
            assert seen(given) == seen(await framework.request(method, path, **more))
            assert given.status_code == status


async def test_usual_requests_do_without_the_framework(services: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noting(answer: Any) -> ASGIApp:
        async def noted(scope: Scope, receive: Receive, send: Send) -> None:
            asked.append(scope["method"])
            await request_response(answer)(scope, receive, send)

        return noted

    monkeypatch.setattr("guildbase.api.straight.request_response", noting)
    async with asking(straight_app(services)) as client:
        assert (await client.get(f"{GUILD}/things/a?limit=2")).status_code == 200
        assert (await client.post(f"{GUILD}/things", json={"name": "a"})).status_code == 201
        assert (await client.delete(f"{GUILD}/things")).status_code == 200
    assert asked == ["DELETE"]


def seen(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return the answer without what tells that the caller was looked for before the body."""
    headers = {name: value for name, value in answer.headers.items() if not name.startswith("ratelimit-")}
    return answer.status_code, answer.content, headers
