"""The index finds the route that the framework would, and leaves to it what it does not know."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.routing import Match

from guildbase.api.app import PREFIX, create_app
from guildbase.api.dependencies import CallerDep, ServicesDep
from guildbase.api.operations import operations
from guildbase.api.routing import RouteIndex
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices

INNER, OUTER = APIRouter(prefix="/inner"), APIRouter(prefix="/of/{owner}")


@INNER.get("/{name}")
async def named(name: str) -> str:
    return f"name {name}"


@INNER.get("/word")
async def after_the_name() -> str:
    return "never"


@INNER.post("/word")
async def word() -> str:
    return "posted word"


@INNER.get("/{name}/word")
async def of_name(name: str, request: Request) -> str:
    return f"word of {name} at {request.url.path}"


@OUTER.get("/things/{number}")
async def thing(owner: str, number: int) -> str:
    return f"thing {number} of {owner}"


@pytest.fixture
async def services(sqlite_url: str, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    assembled = assemble(Settings(database_url=sqlite_url), registry)
    yield assembled
    await assembled.close()


@pytest.fixture
def index() -> RouteIndex:
    app = FastAPI()
    index = RouteIndex(app.router)
    index.add(INNER, "/x")
    index.add(OUTER, "/x")
    return index


@pytest.fixture
async def client(index: RouteIndex) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.router = index._router
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status", "answer"),
    [
        ("GET", "/x/inner/a", 200, "name a"),
        ("GET", "/x/inner/word", 200, "name word"),  # The first route that fits counts.
        ("POST", "/x/inner/word", 200, "posted word"),
        ("GET", "/x/inner/a/word", 200, "word of a at /x/inner/a/word"),
        ("GET", "/x/of/me/things/7", 200, "thing 7 of me"),
        ("GET", "/x/of/me/things/seven", 422, None),
        ("GET", "/x/of//things/7", 404, None),
        ("GET", "/x/inner", 404, None),
        ("GET", "/y", 404, None),
        ("DELETE", "/x/inner/a", 405, None),
        ("GET", "/x/inner/a/word/", 307, None),
    ],
)
async def test_a_path_leads_to_the_first_route_that_fits(
    client: httpx.AsyncClient, method: str, path: str, status: int, answer: str | None
) -> None:
    response = await client.request(method, path)
    assert response.status_code == status
    if answer is not None:
        assert response.json() == answer


async def test_routes_that_are_added_later_and_those_of_other_kinds_are_found(
    client: httpx.AsyncClient, index: RouteIndex
) -> None:
    odd, locked = APIRouter(), APIRouter()

    @odd.get("/files/{path:path}")
    async def file(path: str) -> str:
        return path

    async def refuse() -> None:
        raise RuntimeError("refused")

    locked.include_router(INNER, prefix="/locked", dependencies=[Depends(refuse)])
    assert (await client.get("/x/files/a/b")).status_code == 404
    index.add(odd, "/x")
    assert (await client.get("/x/files/a/b")).json() == "a/b"
    index.add(locked, "/x")
    with pytest.raises(RuntimeError, match="refused"):
        await client.get("/x/locked/inner/a")
    index._router.add_api_route("/late", named, methods=["GET"])
    assert (await client.get("/late?name=b")).json() == "name b"


async def test_dependencies_of_ours_are_called_before_anything_else_of_the_request_is_looked_at(
    services: BotServices,
) -> None:
    router = APIRouter()

    @router.post("/double/{number}")
    async def double(number: int, body: dict[str, int], found: ServicesDep, caller: CallerDep, request: Request) -> str:
        return f"{number} {body} {caller.is_system} {found is services} {request.method}"

    app = create_app(services)
    app.router.routes.insert(0, index := RouteIndex(app.router))
    index.add(router, PREFIX)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client:
        assert (await client.post("/double/x", content=b"{")).status_code == 401
        answer = await client.post("/double/x", content=b"{", headers=headers)
        assert answer.status_code == 422
        answer = await client.post("/double/1", json={"a": 2}, headers=headers)
        assert answer.json() == "1 {'a': 2} True True POST"


def test_the_index_knows_every_route_of_the_api(services: BotServices) -> None:
    app = create_app(services)
    [index] = [route for route in app.router.routes if isinstance(route, RouteIndex)]
    assert index._is_whole
    missed = [
        operation.path
        for operation in operations(app.routes)
        if index.matches({"type": "http", "path": operation.path, "method": operation.method})[0] is not Match.FULL
    ]
    assert missed == []
