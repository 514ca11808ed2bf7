"""Runs bot and API, together or alone, until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog

from guildbase.core.errors import ConfigurationError
from guildbase.core.loading import loading
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.connections.process_lock import single_process
from guildbase.database.manager import DatabaseManager
from guildbase.database.schema.revision import require_head
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.encryption_keys import require_keys
from guildbase.services.leases import Leases
from guildbase.services.loops import BackgroundLoops
from guildbase.services.outbox import Outbox

log = structlog.get_logger(__name__)

FIRST_ROUND = 10.0
"""Seconds until the first look at due work; the start itself has enough to do."""
LAST_ROUND = 10.0
"""Seconds that the end of due work may take: begun work has a grace, and what does not end is given back."""


async def serve(settings: Settings, *, with_bot: bool, with_api: bool, until_stdin_closes: bool = False) -> None:
    """Run what is asked for until SIGINT or SIGTERM; the first part that fails stops the rest.

    With `until_stdin_closes` the end of standard input stops it too, so that it never outlives a parent process.

    Raises:
        GuildbaseError: something is wrong that the operator must mend; the message says what.
    """
    registry = FeatureRegistry.discover(settings.features_dir)
    with single_process(settings.database_url):
        services = assemble(settings, registry)
        try:
            database = services.get(DatabaseManager)
            await require_head(database, registry)
            await require_keys(database)
            if database.is_sqlite:
                # Nobody else uses the file, so what a killed process held need not wait for its lease to run out.
                await services.get(Outbox).release()
                await services.get(Leases).release_all()
            await services.start()
            stop = _stop_on_signals()
            if until_stdin_closes:
                await _stop_on_end_of_input(stop)
            parts = []
            if with_api:
                parts.append(_run_api(services, settings, stop))
            if with_bot:
                parts.append(_run_bot(services, stop))
            loops = services.get(BackgroundLoops)
            do_due_work = partial(_do_due_work, services, not_before=time.monotonic() + FIRST_ROUND)
            loops.start("due-work", do_due_work, grace=LAST_ROUND)
            try:
                await _until_first_ends(parts, stop)
            finally:
                # While all services are there that begun work may need.
                await loops.stop("due-work")
        finally:
            await services.close()
    log.info("stopped")


async def _do_due_work(services: BotServices, *, not_before: float) -> None:
    await asyncio.sleep(not_before - time.monotonic())
    from guildbase.services.due_work.worker import DueWorker  # not needed for the start.

    worker = DueWorker(services)
    if services.get(DatabaseManager).is_sqlite:
        # Nobody else uses the file, so what a killed process held need not wait for its lease to run out.
        await worker.claims.take_back(everything=True)
    await worker.run()


async def _until_first_ends(parts: list[Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _run_bot(services: BotServices, stop: asyncio.Event) -> None:
    with loading():
        from guildbase.bot.supervisor import BotSupervisor  # the API alone must not load discord.py.

    await BotSupervisor(services).run(stop)


async def _run_api(services: BotServices, settings: Settings, stop: asyncio.Event) -> None:
    import uvicorn  # the bot alone needs no web server.

    from guildbase.api.app import create_app
    from guildbase.api.listeners import Listeners
    from guildbase.api.server import configuration

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Leave the signals to us, since bot and API share them."""
            yield

    listener = _listen(settings.api_host, settings.api_port)
    server = Server(configuration(create_app(services), settings))
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="api")
    stopping = asyncio.create_task(stop.wait(), name="stop-api")
    log.info("api_listens", url=f"http://{settings.api_host}:{listener.getsockname()[1]}/api/v1")
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    # The server waits for all answers to end, and these would not by themselves.
    services.get(Listeners).end()
    server.should_exit = True
    stopping.cancel()
    await serving


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigurationError(
            f"The API cannot listen on {host}:{port}: {error.strerror}.",
            hint="Stop the program that uses the port, or set GUILDBASE_API_PORT.",
        ) from None


def _stop_on_signals() -> asyncio.Event:
    """Return an event that the first SIGINT or SIGTERM sets; the second one ends the process at once."""
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(1)
        log.info("stopping")
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    return stop


async def _stop_on_end_of_input(stop: asyncio.Event) -> None:
    class Watch(asyncio.Protocol):
        def connection_lost(self, _error: Exception | None) -> None:
            stop.set()

    await asyncio.get_running_loop().connect_read_pipe(Watch, sys.stdin)
