"""What the API adds to a request: who asks, what they may do, limits, the log and the shape of the answer.

The read is a signed-in person's GET of a feature's settings in their server; its base is a bare FastAPI route that
returns `{"ok": true}`. The write is their PATCH of these settings, with its version, history and audit row in one
transaction; its base is a bare FastAPI route that does one UPDATE of one row by asyncpg. All four run on the same
server in this process, whose CPU time is the gate; the client is another process with raw sockets.

Guards: every answer is a success; PostgreSQL keeps what it commits (fsync); the settings change with every PATCH, which
is counted by their version in the end; the rows of the base are counted as its connection does. The bot's answer about
who the person is in the server is given here as the bot gives it, and is remembered as in production.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import orjson
import structlog
import uvicorn
from fastapi import FastAPI, Request

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.partners import Partner, partner
from benchmarks.postgresql import POOL_SIZE, durable_server, raw_pool
from benchmarks.verdicts import Comparison
from guildbase.api.app import create_app
from guildbase.api.browser import SESSION_COOKIE, csrf_token
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.accounts.controller import WebUserController
from guildbase.platform.accounts.membership import MEMBERSHIP, AskMembership, Membership
from guildbase.platform.accounts.oauth import DiscordUser
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.pubsub.requests import Requests
from guildbase.services.sessions import SessionStore
from guildbase.services.shard_ranges import ShardRanges

READS, WRITES = 600, 120  # of one sample
CONNECTIONS = 4
GUILD, PERSON = (1 << 40) + 1, (1 << 40) + 2
ORIGIN = "http://127.0.0.1"
PATH = f"/api/v1/guilds/{GUILD}/config/guilds"
UPDATE = "UPDATE guild_config SET prefix = $2 WHERE guild_id = $1"


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    """Serve the application and yield its port."""

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    listener = socket.create_server(("127.0.0.1", 0))  # It takes connections before the server looks at them.
    server = Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=600))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await serving


def bare(pool: asyncpg.Pool) -> FastAPI:
    """Return an API with nothing but its routes."""
    app = FastAPI()

    @app.get("/read")
    async def read() -> dict[str, bool]:
        return {"ok": True}

    @app.patch("/write")
    async def write(request: Request) -> dict[str, bool]:
        wanted = orjson.loads(await request.body())
        async with pool.acquire() as connection:
            if await connection.execute(UPDATE, GUILD, wanted["changes"]["prefix"]) != "UPDATE 1":
                raise AssertionError("The row is not there.")
        return {"ok": True}

    return app


async def sign_in(services: BotServices) -> dict[str, str]:
    """Make the server and its owner, who signs in; return the headers of their browser."""
    await ShardRanges(services).wait(1)
    await services.get(GuildController).join(GUILD)

    async def membership(_asked: AskMembership) -> Membership:
        return Membership(is_member=True, name="Ona", permissions=8, top_role=1, is_owner=True)

    services.get(Requests).answer(MEMBERSHIP, membership)
    people, user = services.get(WebUserController), DiscordUser(PERSON, "ona", "Ona", None)
    await people.run(SYSTEM, lambda work: people.signed_in(work, user))
    token, _session = await services.get(SessionStore).create(PERSON)
    return {"Cookie": f"{SESSION_COOKIE}={token}", "Origin": ORIGIN, "X-CSRF-Token": csrf_token(token)}


def encode(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> str:
    """Return a request as the requester takes it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
    return base64.b64encode("\r\n".join(lines).encode() + body).decode()


async def ask(client: Partner, requests: Sequence[str], count: int, *, at_once: int, waits: list[float]) -> Sample:
    """Have the requests sent in turn, so many of one at once, and return the cost of one."""
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(count // at_once):
        begun = time.perf_counter()
        client.tell(f"{requests[number % len(requests)]} {at_once}")
        await client.line()
        waits.append((time.perf_counter() - begun) / max(1, at_once // CONNECTIONS))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {Figure.WALL: wall / count, Figure.CPU: cpu / count}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start the database, both applications and their clients."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = await stack.enter_async_context(durable_server())
        url, other = await server.database(), await server.database()
        limits: dict[str, Any] = {"api_rate_limit": 10_000, "api_address_limit": 100_000, "lease_ttl": 300}
        settings = Settings(database_url=url, database_pool_size=POOL_SIZE, public_url=ORIGIN, **limits)
        services = assemble(settings, FeatureRegistry.discover())
        stack.push_async_callback(services.close)
        headers = await sign_in(services)
        pool = await stack.enter_async_context(raw_pool(other))
        await pool.execute("INSERT INTO guild (guild_id, joined_at) VALUES ($1, now())", GUILD)
        await pool.execute("INSERT INTO guild_config (guild_id, prefix, locale) VALUES ($1, '!', 'en-US')", GUILD)
        clients: dict[str, Partner] = {}
        for name, app in (("ours", create_app(services)), ("bare", bare(pool))):
            port = await stack.enter_async_context(served(app))
            for kind, connections in (("read", CONNECTIONS), ("write", 1)):
                program = partner(folder, "benchmarks.bots.requester", "127.0.0.1", port, connections)
                clients[f"{name} {kind}"] = await stack.enter_async_context(program)
        bodies = [orjson.dumps({"changes": {"prefix": prefix}}) for prefix in ("?", "!")]
        reads = {"ours": [encode("GET", PATH, headers)], "bare": [encode("GET", "/read", headers)]}
        writes = {
            "ours": [encode("PATCH", PATH, headers, body) for body in bodies],
            "bare": [encode("PATCH", "/write", headers, body) for body in bodies],
        }
        waits: dict[str, list[float]] = {name: [] for name in clients}

        async def read(name: str) -> Sample:
            return await ask(clients[f"{name} read"], reads[name], READS, at_once=20, waits=waits[f"{name} read"])

        async def write(name: str) -> Sample:
            version = await _version(services)
            sample = await ask(clients[f"{name} write"], writes[name], WRITES, at_once=1, waits=waits[f"{name} write"])
            if name == "ours" and await _version(services) != version + WRITES:
                raise AssertionError("Some changes were not made.")
            return sample

        yield [
            Case("guildbase, GET", lambda: read("ours")),
            Case("bare FastAPI, GET", lambda: read("bare")),
            Case("guildbase, PATCH", lambda: write("ours")),
            Case("bare FastAPI and UPDATE, PATCH", lambda: write("bare")),
        ]
        for name, waited in waits.items():
            print(f"  {name}: p50 {_share(waited, 0.5):.2f} ms, p99 {_share(waited, 0.99):.2f} ms")


async def _version(services: BotServices) -> int:
    [current] = await services.get(ConfigurationController).view(SYSTEM, GUILD, "guilds")
    return current.version


def _share(waited: list[float], share: float) -> float:
    return sorted(waited)[int(share * (len(waited) - 1))] * 1000


BENCHMARK = Benchmark(
    "api",
    prepare,
    (
        Comparison("API: authenticated read", "guildbase, GET", "bare FastAPI, GET", Figure.CPU, Aim.SPEED, 0.48, 0.7),
        Comparison(
            "API: change of settings",
            "guildbase, PATCH",
            "bare FastAPI and UPDATE, PATCH",
            Figure.CPU,
            Aim.SPEED,
            0.22,
            0.6,
        ),
    ),
    rounds=7,
)
