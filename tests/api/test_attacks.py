"""Everybody who has no business in a server, at every route of it: nothing is read and nothing is written."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from guildbase.api.app import create_app
from guildbase.api.examples import example_of
from guildbase.api.operations import Guard, Operation, operations
from guildbase.core.rights import NAMES, Right, closure, names
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.database.base import Base
from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.simulator import GatewaySettings, Simulator
from guildbase.testing.running import RunningGuildbase
from guildbase.testing.target import restored_target
from tests.api.populated import SECRET, Populated, populate
from tests.api.signing_in import ORIGIN, oauth_settings, sign_in, visitor

log = logging.getLogger(__name__)

SCOPES: list[Right] = [right for right in NAMES.values() if right is not Right.OWNER]
NOTES_OF_ITS_OWN = {"security_event", "web_session", "web_user", "api_key", "lease", "shard_sample"}
"""Tables that tell of the attack itself, of who signed in for it, or of running processes."""


@dataclass
class World:
    """Servers of three owners, and what is needed to attack one from the other."""

    services: BotServices
    app: FastAPI
    ours: Populated
    own: Populated
    """A server that its owner may do with as she likes; the others stay as they are."""
    theirs: Populated
    operations: list[Operation]

    @property
    def document(self) -> dict[str, Any]:
        """The description of the API."""
        return self.app.openapi()

    def of_servers(self) -> Iterator[Operation]:
        """Yield the operations of a server."""
        return (one for one in self.operations if one.guard is Guard.GUILD)

    async def send(
        self, client: httpx.AsyncClient, one: Operation, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """Send the operation's example."""
        described = self.document["paths"][one.path][one.method.lower()]
        media = described.get("requestBody", {}).get("content", {}).get("application/json", {})
        body = {"json": media["example"]} if "example" in media else {}
        schemas = self.document["components"]["schemas"]
        parameters = [it for it in described.get("parameters", ()) if it["in"] == "query" and it.get("required")]
        query = {it["name"]: example_of(it["schema"], schemas, is_whole=True) for it in parameters}
        return await client.request(one.method, path, headers=headers, params=query, **body | more)

    async def rows(self) -> dict[str, str]:
        """Return a digest of each table, but of those that tell of the attack itself."""
        found: dict[str, str] = {}
        async with self.services.get(DatabaseManager).read_session(fresh=True) as session:
            for name in Base.metadata.tables.keys() - NOTES_OF_ITS_OWN:
                rows = (await session.execute(text(f'SELECT * FROM "{name}"'))).all()  # noqa: S608
                found[name] = hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()
        return found


@pytest.fixture(scope="module")
async def discord() -> AsyncIterator[Simulator]:
    async with Simulator(shards=2, gateway=GatewaySettings(identify_interval=0), answer_within=20) as running:
        yield running


@pytest.fixture(scope="module")
async def world(
    discord: Simulator, guildbase_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    path = tmp_path_factory.mktemp("attacked") / "guildbase.db"
    shutil.copyfile(guildbase_sqlite_template, path)
    servers = [discord.guild(name) for name in ("Ours", "Own", "Theirs", "Elsewhere")]
    for server, owner in zip(servers, ("ona", "una", "theo", "stan"), strict=True):
        server.guild.owner_id = server.member(owner).id
    servers[2].member("mel")
    limits = {"api_rate_limit": 10_000, "api_address_limit": 100_000, "api_guess_limit": 1_000}
    with restored_target():
        running = RunningGuildbase(discord, {"database_url": f"sqlite:///{path}"} | oauth_settings(discord, **limits))
        try:
            await running.until_ready()
            yield await made_world(running, *(server.id for server in servers[:3]))
        finally:
            await running.stop()


@asynccontextmanager
async def program(world: World, owner: httpx.AsyncClient, right: Right) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a program with a key of their server that has this one scope."""
    made = await owner.post(f"/guilds/{world.theirs.guild_id}/keys", json={"name": "narrow", "scopes": names(right)})
    assert made.status_code == 201, made.text
    async with visitor(world.services, world.app) as client:
        client.headers["X-API-Key"] = made.json()["secret"]
        yield client


async def made_world(running: RunningGuildbase, ours: int, own: int, theirs: int) -> World:
    services = running.services
    await running.bot.executor.stop()  # Effects would go on changing rows while these are compared.
    app = create_app(services)
    async with visitor(services, app) as operator:
        operator.headers["X-API-Key"] = DEFAULT_API_KEY
        filled = await populate(services, operator, theirs)
    found = [it for it in operations(app.routes) if it.name != "listen"]
    return World(services, app, Populated(ours, filled.names), Populated(own, filled.names), filled, found)


@pytest.fixture(scope="module")
async def browsers(world: World, discord: Simulator) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """Everybody's browser, and programs with keys: of our server, of the own one, and a wrong one."""
    people, programs = ("ona", "una", "theo", "mel", "stan"), ("key", "own_key", "wrong")
    async with AsyncExitStack() as stack:
        made = {
            name: await stack.enter_async_context(visitor(world.services, world.app))
            for name in ("nobody", *people, *programs)
        }
        for name in people:
            await sign_in(made[name], discord, name)
        wanted = {"name": "attacker", "scopes": ["owner"]}
        for program, owner, server in (("key", "ona", world.ours), ("own_key", "una", world.own)):
            key = await made[owner].post(f"/guilds/{server.guild_id}/keys", json=wanted)
            assert key.status_code == 201, key.text
            made[program].headers["X-API-Key"] = key.json()["secret"]
        made["wrong"].headers["X-API-Key"] = "gb_0123456789abcdef"
        yield made


async def test_no_route_of_a_server_answers_who_has_no_business_there(
    world: World, browsers: dict[str, httpx.AsyncClient]
) -> None:
    """A wrong key is like none, and one stranger like another, so these take turns."""
    before, counted = await world.rows(), Counter[str]()
    expected = {"mel": 404, "ona": 404, "key": 404}
    in_turn = cycle([("nobody", 401), ("wrong", 401), ("stan", 404)])
    for one in world.of_servers():
        for name, status in (*expected.items(), next(in_turn)):
            answer = await world.send(browsers[name], one, world.theirs.fill(one.path).removeprefix("/api/v1"))
            # What is wrong with a request may be told before who sends it is looked at; it tells nothing of the server.
            assert answer.status_code in (status, 422), (name, one.name, answer.text)
            assert SECRET not in answer.text, (name, one.name)
            assert str(world.theirs.names["user_id"]) not in answer.text, (name, one.name)
            counted[f"{name} {answer.status_code}"] += 1
    assert await world.rows() == before
    log.info("%s requests into another's server: %s", counted.total(), dict(counted))
    assert counted.total() > 480
    assert sum(count for outcome, count in counted.items() if outcome.endswith("422")) < counted.total() / 10


FOR_WHOEVER_HAS_A_RIGHT = {
    "get_automod_schema", "get_live_guild", "get_overview", "list_automod_presets", "list_modules", "list_pages",
    "list_ticket_categories", "list_tickets",
}  # fmt: skip
"""What somebody sees who may only read the audit log: names of channels, roles and modules, tickets of their own."""


async def test_a_key_does_what_its_scopes_say_and_no_more(world: World, browsers: dict[str, httpx.AsyncClient]) -> None:
    """Each operation is tried by a key without its right; those that ask for any right, by the narrowest ones."""
    counted, opened = Counter[int](), set[str]()
    async with AsyncExitStack() as stack:
        programs = {right: await stack.enter_async_context(program(world, browsers["theo"], right)) for right in SCOPES}
        before, turns = await world.rows(), count()
        for one in world.of_servers():
            others = [right for right in SCOPES if one.right and one.right not in closure(right)]
            narrow = (Right.VIEW_SETTINGS, Right.VIEW_CASES, Right.VIEW_AUDIT)[0 if one.is_unsafe else 2 :]
            for right in [others[next(turns) % len(others)]] if others else narrow:
                answer = await world.send(programs[right], one, world.theirs.fill(one.path).removeprefix("/api/v1"))
                assert SECRET not in answer.text, (right, one.name)
                counted[answer.status_code] += 1
                if answer.is_success:
                    opened.add(one.name)
                else:
                    assert answer.status_code in (403, 404, 422), (right, one.name, answer.text)
        assert await world.rows() == before
    log.info("%s requests beyond the scopes of a key: %s", counted.total(), dict(counted))
    assert opened == FOR_WHOEVER_HAS_A_RIGHT
    assert counted[403] > 100


async def test_an_owner_reaches_neither_another_servers_objects_nor_the_operators_routes(
    world: World, browsers: dict[str, httpx.AsyncClient]
) -> None:
    """The own server is empty, so each number and name in the path is one of theirs."""
    theirs, counted, of_operators = f"{SECRET} {world.theirs.guild_id}", Counter[int](), Counter[int]()
    for one in world.operations:
        if one.guard is Guard.OPERATOR:
            for name in ("una", "own_key"):
                answer = await world.send(browsers[name], one, world.own.fill(one.path).removeprefix("/api/v1"))
                assert answer.status_code in (404, 422), (name, one.name, answer.text)
                of_operators[answer.status_code] += 1
    log.info("%s requests of owners to operators' routes: %s", of_operators.total(), dict(of_operators))
    assert of_operators[404] > 40
    for name in ("own_key", "una"):
        for one in world.of_servers():
            if name == "own_key" and one.name in ("revoke_key", "rotate_key"):
                continue  # It would end itself.
            answer = await world.send(browsers[name], one, world.own.fill(one.path).removeprefix("/api/v1"))
            assert answer.status_code < 500 or answer.json()["code"] == "no_reply", (name, one.name, answer.text)
            assert theirs not in answer.text, (name, one.name)
            counted[answer.status_code] += 1
    log.info("%s requests for another's objects in one's own server: %s", counted.total(), dict(counted))
    assert counted[404] > 40
    # What is theirs is there as before.
    for path in ("cases/1", "reports/1", "raids/1", "tickets/1", "automod/rules/1", "custom-settings/theme"):
        answer = await browsers["theo"].get(f"/guilds/{world.theirs.guild_id}/{path}")
        assert answer.status_code == 200, (path, answer.text)


async def test_an_owners_browser_changes_nothing_for_another_site_or_by_fields_that_are_not_of_the_route(
    world: World, browsers: dict[str, httpx.AsyncClient]
) -> None:
    """Each operation is tried without a token, with and without the right page, and by one more attempt in turn."""
    owner, before, counted = browsers["theo"], await world.rows(), Counter[str]()
    await refuses_fields_of_others(world, owner)
    own_page = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    token = {"X-CSRF-Token": owner.headers["X-CSRF-Token"]}
    in_turn = cycle(
        [
            own_page | {"X-CSRF-Token": "0" * 64},
            token | {"Origin": "https://evil.example"},
            token | {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
            token | {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
            {"Origin": ORIGIN, "Content-Type": "text/plain"},
        ]
    )
    async with visitor(world.services, world.app) as page:
        page.cookies = owner.cookies
        for one in world.operations:
            if not one.is_unsafe or one.guard is Guard.PUBLIC:
                continue
            path = world.theirs.fill(one.path).removeprefix("/api/v1")
            for headers in ({}, own_page, next(in_turn)):
                content = {"content": b"{}", "json": None} if "Content-Type" in headers else {}
                answer = await world.send(page, one, path, headers, **content)
                told = f"{answer.status_code} {answer.json()['code']}"
                assert told in ("403 foreign_request", "422 invalid_input"), (one.name, headers, answer.text)
                counted[told] += 1
    assert await world.rows() == before
    log.info("%s requests from another site's page, none of them accepted: %s", counted.total(), dict(counted))
    assert counted["403 foreign_request"] > 250


async def refuses_fields_of_others(world: World, owner: httpx.AsyncClient) -> None:
    counted = 0
    extra = {"guild_id": str(world.ours.guild_id), "is_active": True, "created_by": "1", "moderator_id": "1"}
    for one in world.of_servers():
        described = world.document["paths"][one.path][one.method.lower()]
        media = described.get("requestBody", {}).get("content", {}).get("application/json", {})
        if one.name == "import_guild" or not isinstance(media.get("example"), dict):
            continue
        path = world.theirs.fill(one.path).removeprefix("/api/v1")
        answer = await world.send(owner, one, path, json=media["example"] | extra)
        # An action that a feature's page declares is looked for before its body is looked at.
        expected = 404 if one.name == "do_page_action" else 422
        assert answer.status_code == expected, (one.name, answer.status_code, answer.text)
        counted += 1
    log.info("%s bodies with fields of others, all refused", counted)
    assert counted > 30
