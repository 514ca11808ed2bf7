"""The Discord that bots in other processes connect to: one seeded world with two shards that start at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from guildbase.simulator import Simulator
from guildbase.simulator.seed import seed


@asynccontextmanager
async def new_discord() -> AsyncIterator[Simulator]:
    """Yield a simulator with two guilds, one on each shard."""
    # A machine that does much else is slow to answer; nobody waits longer than they must.
    async with Simulator(port=0, shards=2, answer_within=30) as discord:
        seed(discord)
        yield discord
