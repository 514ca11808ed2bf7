"""Running the simulator as a program of its own, for a bot in another process."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from guildbase.simulator.control.describe import summary
from guildbase.simulator.people.errors import SimulatorError
from guildbase.simulator.seed import seed
from guildbase.simulator.server import Simulator
from guildbase.simulator.world.snapshot import WorldFileError

__all__ = ["SimulatorError", "WorldFileError", "describe", "serve"]
_GUILDS_SHOWN = 10
_NOT_ADDRESSES = ("javascript", "data", "vbscript")


def describe(sim: Simulator) -> dict[str, Any]:
    """Return where everything is: URLs, token, and the guilds with their channels, roles and members by name."""
    return summary(sim).model_dump()


async def serve(
    *,
    host: str,
    port: int,
    guilds: int,
    members: int,
    json: bool,
    world: Path | None = None,
    shards: int = 2,
    tls: bool = False,
    tls_dir: Path | None = None,
    redirect_uris: Sequence[str] = (),
) -> None:
    """Serve a seeded world until cancelled or told to stop by SIGINT or SIGTERM; raise SimulatorError.

    With `json` exactly one line is printed, the description of the world; otherwise a short text. With a file
    for the `world` it goes on where it was when the simulator was stopped; raise WorldFileError if it cannot.
    With `tls` it listens by TLS; the certificate that bots must trust is put into `tls_dir`.
    OAuth2 may send people back to the `redirect_uris` and nowhere else.
    """
    _check(world, redirect_uris)
    secured = tls or tls_dir is not None
    async with Simulator(
        host=host, port=port, shards=shards, tls=secured, tls_dir=tls_dir, redirect_uris=redirect_uris
    ) as sim:
        if world is not None and world.exists():  # noqa: ASYNC240 - nobody is served yet.
            sim.load(world)
            sim.world.application.redirect_uris = list(redirect_uris) or sim.world.application.redirect_uris
        else:
            seed(sim, guilds, members)
        told = orjson.dumps(describe(sim)).decode() if json else _text(sim)
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
        # Walking through a large world again and again would make the garbage collector the slowest part of it.
        gc.freeze()
        try:
            await _stopped()
        finally:
            if world is not None:
                sim.save(world)


def _check(world: Path | None, redirect_uris: Sequence[str]) -> None:
    """Find out at the start, not at the end, that the world cannot be saved; raise SimulatorError."""
    if world is not None and not os.access(world.parent, os.W_OK | os.X_OK):
        raise SimulatorError(f"cannot save the world to {world}: its folder does not exist or may not be written to")
    for uri in redirect_uris:
        if not _is_address(uri):
            raise SimulatorError(f"{uri} is no redirect URI: write a whole address, such as http://localhost:8000/back")


def _is_address(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) and parts.scheme not in _NOT_ADDRESSES


async def _stopped() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        # Windows has no signal handlers in the loop; there Ctrl+C cancels the task instead.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(one, stop.set)
    await stop.wait()


def _text(sim: Simulator) -> str:
    lines = [
        "A local Discord is running.",
        f"  page     {sim.page_url}   (open it in a browser and talk to the bot)",
        f"  API      {sim.base_url}",
        f"  gateway  {sim.gateway_url}",
        f"  control  {sim.control_url}/openapi.json",
        f"  token    {sim.token}",
        f"  client   {sim.application_id}",
        f"  secret   {sim.client_secret}",
    ]
    if sim.secured:
        lines += [
            f"  CA file  {sim.ca_file}",
            "Let the bot trust the CA file (SSL_CERT_FILE for Python, NODE_EXTRA_CA_CERTS for Node.js).",
        ]
    lines += [f"  guild    {it.name} ({it.id})" for it in islice(sim.world.guilds.values(), _GUILDS_SHOWN)]
    if len(sim.world.guilds) > _GUILDS_SHOWN:
        lines.append(f"  and {len(sim.world.guilds) - _GUILDS_SHOWN:,} more")
    return "\n".join(lines)
