"""Requests that change something: idempotency keys, bodies that are hostile, and errors in one shape."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel, Field

from guildbase.api.app import PREFIX, create_app
from guildbase.api.dependencies import CallerDep, IdempotencyKeyDep, ServicesDep
from guildbase.api.errors import Problem
from guildbase.core.errors import InvalidInput, NoReply, RateLimited
from guildbase.core.ports import Caller
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.models import Guild, GuildConfig
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.idempotency import IdempotencyKey
from tests.factories import new_id

log = logging.getLogger(__name__)
router = APIRouter()


class Wish(BaseModel):
    prefix: str
    number: int = 0
    share: Annotated[float, Field(ge=0)] = 0.0
    names: dict[str, int] = {}


class Made(BaseModel):
    guild_id: str
    prefix: str


class MakerController(BaseController):
    """The business logic of a feature with a route that changes something."""

    async def make(self, caller: Caller, key: IdempotencyKey | None, wish: Wish) -> Made:
        async def make(work: UnitOfWork) -> Made:
            guild = await Guild.create(work.session, guild_id=wish.number or new_id())
            config = await GuildConfig.create(work.session, guild_id=guild.guild_id, prefix=wish.prefix)
            return Made(guild_id=str(guild.guild_id), prefix=config.prefix)

        return await self.once(caller, key, Made, make)


@router.post("/makings", status_code=201)
async def make(wish: Wish, services: ServicesDep, caller: CallerDep, key: IdempotencyKeyDep) -> Made:
    return await services.get(MakerController).make(caller, key, wish)


@router.post("/refusals/{kind}")
async def refuse(kind: str) -> None:
    raise {
        "limited": RateLimited("Too often.", retry_after=2.2, hint="Wait."),
        "soon": RateLimited("Too often.", retry_after=0.0),
        "alone": NoReply("Nobody there.", hint="Wait."),
        "wrong": InvalidInput("Both are wrong.", problems={"a": "Too long.", "b": "Too \ud800 odd."}),
    }[kind]


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(services)
    app.include_router(router, prefix=PREFIX)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


async def count(services: BotServices) -> int:
    async with services.get(MakerController).reading() as session:
        return await Guild.count(session)


async def test_a_request_that_is_sent_again_has_one_effect_and_the_same_answer(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    headers = {"Idempotency-Key": "7f3c"}
    first = await client.post("/makings", json={"prefix": "?"}, headers=headers)
    again = await client.post("/makings", json={"prefix": "?"}, headers=headers)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert await count(services) == 1
    for other in (
        await client.post("/makings", json={"prefix": "!"}, headers=headers),
        await client.post("/makings?x=1", json={"prefix": "?"}, headers=headers),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await client.post("/makings", json={"prefix": "?"})).json() != first.json()
    assert await count(services) == 2


async def test_what_was_refused_may_be_sent_again_in_order(client: httpx.AsyncClient, services: BotServices) -> None:
    headers = {"Idempotency-Key": "7f3c"}
    assert (await client.post("/makings", json={}, headers=headers)).status_code == 422
    assert (await client.post("/makings", json={"prefix": ""}, headers=headers)).status_code == 422
    assert (await client.post("/makings", json={"prefix": "?"}, headers=headers)).status_code == 201
    assert await count(services) == 1


async def test_fifty_copies_at_once_have_one_effect(client: httpx.AsyncClient, services: BotServices) -> None:
    sent = [client.post("/makings", json={"prefix": "?"}, headers={"Idempotency-Key": "7f3c"}) for _ in range(50)]
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} <= {201, 409}
    effects = await count(services)
    log.info("50 copies of one request: %s effect, %s sent away", effects, sum(it.status_code == 409 for it in answers))
    assert (effects, len({it.text for it in answers if it.status_code == 201})) == (1, 1)


@pytest.mark.parametrize("key", ["", " ", "x" * 256])
async def test_a_key_that_cannot_be_one_is_refused(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/makings", json={"prefix": "?"}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"prefix": "\\u0000"}', b'{"prefix": "\\ud800"}',
        b'{"prefix": "?", "share": NaN}', b'{"prefix": "?", "share": -Infinity}',
        b'{"prefix": "?", "number": 9223372036854775808}', b'{"prefix": "?", "number": ' + b"9" * 5000 + b"}",
        b'{"prefix": "?", "names": {"\\ud800": "x"}}', b'{"prefix": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"prefix": "' + b"x" * 5_000 + b'"}', b'{"prefix": "' + b"x" * 10_000_000 + b'"}',
    ],
    ids=lambda body: body[:24].decode(errors="replace"),
)  # fmt: skip
async def test_no_body_makes_the_api_fail_or_writes_anything(
    client: httpx.AsyncClient, services: BotServices, body: bytes
) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = await client.post("/makings", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]
    assert await count(services) == 0


async def test_a_body_without_a_stated_length_is_limited_too(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 64 * 1024

    headers = {"Content-Type": "application/json"}
    answer = await asyncio.wait_for(client.post("/makings", content=_some(endless()), headers=headers), 20)
    assert (answer.status_code, set(answer.json())) == (413, set(Problem.model_fields))


async def _some(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for _ in range(20):
        yield await anext(parts)


async def test_refusals_have_one_shape_and_say_when_to_try_again(client: httpx.AsyncClient) -> None:
    answers = {kind: await client.post(f"/refusals/{kind}") for kind in ("limited", "soon", "alone", "wrong")}
    told = {kind: (it.status_code, it.headers.get("Retry-After")) for kind, it in answers.items()}
    assert told == {"limited": (429, "3"), "soon": (429, "1"), "alone": (503, "5"), "wrong": (422, None)}
    for answer in answers.values():
        assert set(answer.json()) == set(Problem.model_fields)
    problems = answers["wrong"].json()["problems"]
    assert problems == {"a": "Too long.", "b": "Too ? odd."}
