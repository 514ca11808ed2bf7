"""How many REST requests the simulator answers, against a bare route of the same server with the same answers.

The base is aiohttp with one handler that reads the body and returns bytes made beforehand. Ours finds the route,
checks the token, counts the request against its rate limit, reads and checks the body, asks the permissions, does
what is wanted, tells the gateway and renders the answer. CPU time is that of the server alone; the client is
another process with raw sockets.

Guards: every answer is a success; each POST has made a message in the end.
"""

from __future__ import annotations

import base64
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import orjson
from aiohttp import web

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.partners import Partner, partner
from benchmarks.verdicts import Comparison
from guildbase.simulator import Simulator

REQUESTS = 2000
CONNECTIONS = 4
BODY = {"content": "has anybody seen the new level of that game tonight?"}


@asynccontextmanager
async def bare_server(answer: bytes) -> AsyncIterator[int]:
    """Answer everything with the same bytes, and yield the port."""

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=answer, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def encode(discord: Simulator, method: str, path: str, body: bytes) -> str:
    """Return a request as the requester takes it."""
    head = (
        f"{method} /api/v10{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bot {discord.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return base64.b64encode(head.encode() + body).decode()


async def ask(client: Partner, request: str) -> Sample:
    """Have the request sent many times, and return the cost of one."""
    wall, cpu = time.perf_counter(), time.process_time()
    client.tell(f"{request} {REQUESTS}")
    await client.line()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {Figure.WALL: wall / REQUESTS, Figure.CPU: cpu / REQUESTS}


async def ask_for_messages(discord: Simulator, channel_id: int, client: Partner, request: str) -> Sample:
    """Do the same, and make sure that each request made a message."""
    kept = discord.world.messages[channel_id]
    before = len(kept)
    sample = await ask(client, request)
    if (made := len(kept) - before) != REQUESTS:
        raise AssertionError(f"{REQUESTS} requests made {made} messages")
    return sample


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start the simulator and, for each kind of request, a bare server that gives the same answer."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        discord = await stack.enter_async_context(Simulator())
        channel_id = discord.guild("Only").channel("general").id
        path, body = f"/channels/{channel_id}", orjson.dumps(BODY)
        authorized = {"Authorization": f"Bot {discord.token}"}
        session = await stack.enter_async_context(aiohttp.ClientSession(headers=authorized))
        program = "benchmarks.bots.requester"
        ours = await stack.enter_async_context(partner(folder, program, discord.host, discord.port, CONNECTIONS))
        theirs: list[Partner] = []
        for method, where in (("GET", path), ("POST", f"{path}/messages")):
            sent = BODY if method == "POST" else None
            async with session.request(method, discord.base_url + where, json=sent) as answer:
                port = await stack.enter_async_context(bare_server(await answer.read()))
            theirs.append(await stack.enter_async_context(partner(folder, program, "127.0.0.1", port, CONNECTIONS)))
        get = encode(discord, "GET", path, b"")
        post = encode(discord, "POST", f"{path}/messages", body)
        yield [
            Case("simulator, GET", lambda: ask(ours, get)),
            Case("bare route, GET", lambda: ask(theirs[0], get)),
            Case("simulator, POST", lambda: ask_for_messages(discord, channel_id, ours, post)),
            Case("bare route, POST", lambda: ask(theirs[1], post)),
        ]


BENCHMARK = Benchmark(
    "rest",
    prepare,
    (
        Comparison(
            "GET a channel", "simulator, GET", "bare route, GET", Figure.CPU, Aim.SPEED, floor=0.35, ambition=0.5
        ),
        Comparison(
            "POST a message", "simulator, POST", "bare route, POST", Figure.CPU, Aim.SPEED, floor=0.18, ambition=0.4
        ),
    ),
    rounds=7,
)
