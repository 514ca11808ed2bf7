"""A request that breaks is stored under the id that the client is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from guildbase.api.app import create_app
from guildbase.core.errors import Conflict
from guildbase.core.ports import SYSTEM
from guildbase.platform.telemetry.controller import ErrorController
from guildbase.platform.telemetry.models import ErrorEvent
from guildbase.services.container import BotServices

router = APIRouter()


@router.get("/rooms/{room}/crash")
async def crash(room: str) -> None:
    raise RuntimeError(f"a bug in {room}")


@router.get("/half")
async def half() -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        yield b"the first line"
        raise RuntimeError("a bug in the middle")

    return StreamingResponse(lines())


@router.get("/conflict")
async def conflict() -> None:
    raise Conflict("The door is locked.")


@pytest.fixture
async def failing(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(services)
    app.include_router(router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def stored(services: BotServices) -> list[ErrorEvent]:
    await services.get(ErrorController).flush()
    return list(await services.get(ErrorController).errors(SYSTEM))


async def test_a_broken_request_is_found_by_the_id_in_the_answer(
    services: BotServices, failing: httpx.AsyncClient
) -> None:
    answer = await failing.get("/rooms/cellar/crash")
    assert answer.status_code == 500
    [event] = await stored(services)
    assert event.error_id == event.correlation_id == answer.json()["correlation_id"]
    # The route and not the path: one mistake is one error, whatever the ids in the address.
    assert (event.kind, event.place, event.message) == ("request", "/rooms/{room}/crash", "a bug in cellar")


async def test_an_answer_that_breaks_off_is_stored_too(services: BotServices, failing: httpx.AsyncClient) -> None:
    assert (await failing.get("/half")).text == "the first line"
    [event] = await stored(services)
    assert (event.place, event.message) == ("/half", "a bug in the middle")


async def test_what_was_expected_is_not_stored(services: BotServices, failing: httpx.AsyncClient) -> None:
    assert (await failing.get("/conflict")).status_code == 409
    assert (await failing.get("/api/v1/nowhere")).status_code == 404
    assert await stored(services) == []
