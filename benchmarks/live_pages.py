"""What it costs to tell 1,000 open pages that something of their server changed.

The base is a server of bare sockets, without HTTP, that writes the same bytes to as many connections. The pages are in
this process on both sides, and read to the end of each event.

Guards: every page hears every change, with the name of the feature that changed, and nothing else; at the end of the
run the API has forgotten every page.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from benchmarks.api_requests import served
from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.verdicts import Comparison
from guildbase.api import listeners
from guildbase.api.app import create_app
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.services.assembly import assemble
from guildbase.services.live import CHANGED, Changed
from guildbase.services.pubsub import PubSub

PAGES, CHANGES = 1000, 10
GUILD = (1 << 60) + 1
ASKED = f"GET /api/v1/events?guild_id={GUILD} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {DEFAULT_API_KEY}\r\n\r\n"
END = b"\n\n"
TOLD = b'event: changed\ndata: ["moderation"]'
PING = b": ping"
"""What keeps a page's connection open; on a busy machine one may come in between."""

Reader = asyncio.StreamReader


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Open all pages, on both servers."""
    # The pause in which changes are gathered is no work, but it would be measured as time.
    listeners.PAUSE = 0
    async with AsyncExitStack() as stack:
        yield [Case("live pages", await _ours(stack)), Case("bare sockets", await _bare(stack))]


async def _ours(stack: AsyncExitStack) -> Callable[[], Awaitable[Sample]]:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    settings = Settings(database_url=f"sqlite:///{folder}/none.db", api_rate_limit=10_000, api_address_limit=10_000)
    services = assemble(settings, FeatureRegistry.discover())
    stack.push_async_callback(services.close)
    open_pages = listeners.Listeners
    port = await stack.enter_async_context(served(create_app(services)))
    stack.push_async_callback(_end, services.get(open_pages))
    pages = await _open_pages(stack, port, ASKED.encode())
    for page in pages:
        await page.readuntil(b"event: ready")
        await page.readuntil(END)
    return _measure(pages, lambda: services.get(PubSub).publish(CHANGED, Changed(GUILD, "moderation")))


async def _end(open_pages: listeners.Listeners) -> None:
    if len(open_pages) != PAGES:
        raise AssertionError(f"{len(open_pages)} pages are open.")
    open_pages.end()
    while len(open_pages):  # noqa: ASYNC110 - Sockets tell nobody that the last one is closed.
        await asyncio.sleep(0.01)


async def _bare(stack: AsyncExitStack) -> Callable[[], Awaitable[Sample]]:
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _reader, writer: writers.append(writer), "127.0.0.1", 0, backlog=PAGES)
    stack.callback(server.close)
    pages = await _open_pages(stack, server.sockets[0].getsockname()[1], b"")
    while len(writers) < PAGES:  # noqa: ASYNC110 - Sockets tell nobody that all of them are open.
        await asyncio.sleep(0.01)

    def tell() -> None:
        for writer in writers:
            writer.write(TOLD + END)

    return _measure(pages, tell)


async def _open_pages(stack: AsyncExitStack, port: int, asked: bytes) -> list[Reader]:
    pages = []
    for _ in range(PAGES):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        stack.callback(writer.close)
        writer.write(asked)
        pages.append(reader)
    return pages


def _measure(pages: list[Reader], tell: Callable[[], None]) -> Callable[[], Awaitable[Sample]]:
    async def measure() -> Sample:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(CHANGES):
            tell()
            for page in pages:
                while PING in (heard := await page.readuntil(END)):
                    pass
                if TOLD not in heard:
                    raise AssertionError(f"A page heard {heard!r}.")
        count = CHANGES * len(pages)
        return {
            Figure.WALL: (time.perf_counter() - wall) / count,
            Figure.CPU: (time.process_time() - cpu) / count,
        }

    return measure


BENCHMARK = Benchmark(
    "live-pages",
    prepare,
    (Comparison("1,000 open pages told", "live pages", "bare sockets", Figure.CPU, Aim.COST, 45, 20),),
    rounds=7,
)
