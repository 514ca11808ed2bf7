"""Running the simulator as a program of its own, for a bot in another process."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import Any

import orjson

from guildbase.simulator.control.describe import summary
from guildbase.simulator.seed import seed
from guildbase.simulator.server import PortTaken, Simulator

__all__ = ["PortTaken", "describe", "serve"]


def describe(sim: Simulator) -> dict[str, Any]:
    """Return where everything is: URLs, token, and the guilds with their channels, roles and members by name."""
    return summary(sim).model_dump()


async def serve(*, host: str, port: int, guilds: int, members: int, json: bool) -> None:
    """Serve a seeded world until cancelled or told to stop by SIGINT or SIGTERM; raise PortTaken.

    With `json` exactly one line is printed, the description of the world; otherwise a short text.
    """
    async with Simulator(host=host, port=port, shards=2) as sim:
        seed(sim, guilds, members)
        told = orjson.dumps(describe(sim)).decode() if json else _text(sim)
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
        await _stopped()


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
        f"  API      {sim.base_url}",
        f"  gateway  {sim.gateway_url}",
        f"  control  {sim.control_url}/openapi.json",
        f"  token    {sim.token}",
    ]
    lines += [f"  guild    {it.name} ({it.id})" for it in sim.world.guilds.values()]
    return "\n".join(lines)
