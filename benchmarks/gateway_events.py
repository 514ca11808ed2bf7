"""How fast the simulator sends events: people's messages, from their being written to the sockets of the shards.

The base is a bare aiohttp server that pushes the same frames, encoded beforehand, through as many sockets: no
gateway on aiohttp can be quicker. Ours makes each message, keeps it, builds and encodes its payload, looks up who
may hear of it, numbers it and keeps it for a resume. CPU time is that of the server alone; the clients, which only
count, are another process.

Guards: a round ends when the client has counted every message; the frames of the base are ours, word for word.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import orjson
from aiohttp import web

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.partners import Partner, partner
from benchmarks.verdicts import Comparison
from guildbase.simulator import GatewaySettings, Simulator, payloads
from guildbase.simulator.world import messages
from guildbase.simulator.world.entities import Channel, User
from guildbase.simulator.world.messages import Draft

EVENTS = 4000
BURST = 20
TEXT = "has anybody seen the new level of that game tonight? we could play it after the quiz"

Send = Callable[[int], object]


async def push(client: Partner, send: Send) -> Sample:
    """Send all events, some at a time, and return the cost of one once the client has counted them."""
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(EVENTS):
        send(number)
        if number % BURST == 0:
            await asyncio.sleep(0)
    await client.line()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {Figure.WALL: wall / EVENTS, Figure.CPU: cpu / EVENTS}


class BareGateway:
    """Pushes text through the sockets that clients opened."""

    def __init__(self) -> None:
        self._queues: list[asyncio.Queue[str]] = []

    def send(self, place: int, frame: str) -> None:
        """Queue a frame on one socket."""
        self._queues[place].put_nowait(frame)

    async def accept(self, request: web.Request) -> web.WebSocketResponse:
        """Greet a client, then send it whatever is queued."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        queue: asyncio.Queue[str] = asyncio.Queue()
        queue.put_nowait('{"op":0,"t":"READY","s":1,"d":{}}')
        self._queues.append(queue)
        while not socket.closed:
            await socket.send_str(await queue.get())
        return socket


@asynccontextmanager
async def bare_gateway() -> AsyncIterator[tuple[BareGateway, str]]:
    """Listen, and yield the gateway with its URL."""
    gateway, app = BareGateway(), web.Application()
    app.router.add_get("/", gateway.accept)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield gateway, f"ws://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def frame(discord: Simulator, channel: Channel, user: User) -> str:
    """Return an event as it goes to a shard, from a message like those that are measured."""
    message = messages.send(discord.world, channel, user, Draft(TEXT))
    body = orjson.dumps(payloads.message_event(discord.world, message)).decode()
    return f'{{"op":0,"t":"MESSAGE_CREATE","s":1234,"d":{body}}}'


async def on_shards(stack: AsyncExitStack, folder: Path, shards: int) -> list[Case]:
    """Start both servers with a client of so many shards, and return their cases."""
    settings = GatewaySettings(identify_interval=0.0)
    discord = await stack.enter_async_context(Simulator(shards=shards, gateway=settings))
    guilds = [discord.guild(f"Guild {number}", shard=number) for number in range(shards)]
    where = [(guild.channel("general"), guild.member("mara").user) for guild in guilds]
    frames = [frame(discord, *it) for it in where]
    gateway, url = await stack.enter_async_context(bare_gateway())
    program = "benchmarks.bots.listener"
    ours, theirs = [
        await stack.enter_async_context(partner(folder, program, *it, shards, EVENTS))
        for it in ((discord.gateway_url, discord.token), (url, "none"))
    ]

    def say(number: int) -> None:
        messages.send(discord.world, *where[number % shards], Draft(TEXT))

    def send(number: int) -> None:
        gateway.send(number % shards, frames[number % shards])

    return [
        Case(f"simulator, {shards}", lambda: push(ours, say)),
        Case(f"bare websockets, {shards}", lambda: push(theirs, send)),
    ]


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start the servers and clients for one shard and for sixteen."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield [case for shards in (1, 16) for case in await on_shards(stack, folder, shards)]


# Measured: 0.14 and 0.16, on a busy machine 0.08 and 0.12 since the base then sends more at a time. An event costs
# 29-33 us, a third of it for the payload and a fifth for finding out who may hear of it.
BENCHMARK = Benchmark(
    "events",
    prepare,
    (
        Comparison(
            "events to 1 shard", "simulator, 1", "bare websockets, 1", Figure.CPU, Aim.SPEED, floor=0.05, ambition=0.15
        ),
        Comparison(
            "events to 16 shards",
            "simulator, 16",
            "bare websockets, 16",
            Figure.CPU,
            Aim.SPEED,
            floor=0.05,
            ambition=0.15,
        ),
    ),
    rounds=7,
)
