"""What a test with a real bot costs: a new simulator, discord.py connecting to it, and five slash commands.

The base is the same bot logging in and becoming ready at a simulator that runs already, which no test of a
connected bot can do without: what is above 1 is the simulator's own start and the five commands. The bot and the
simulator share a process, as in tests. This is a cost, so less is better.

Guards: every command is answered with what it should be; each journey has a fresh world and a fresh bot.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.verdicts import Comparison
from guildbase.simulator import GatewaySettings, Simulator

COMMANDS = 5
LIMIT = 10.0  # seconds


class Echo(commands.Bot):
    """A bot with one slash command, quick to start as a test's bot is."""

    def __init__(self) -> None:
        super().__init__("!", intents=discord.Intents.all(), guild_ready_timeout=0.02)
        self.tree.add_command(echo)

    async def setup_hook(self) -> None:
        """Tell Discord the command."""
        await self.tree.sync()


@app_commands.command()
async def echo(interaction: discord.Interaction[Echo], text: str) -> None:
    """Say the same."""
    await interaction.response.send_message(text)


@contextmanager
def pointed_at(sim: Simulator) -> Iterator[None]:
    """Let discord.py find the simulator where it expects Discord."""
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    before = route.BASE, socket.DEFAULT_GATEWAY
    route.BASE, socket.DEFAULT_GATEWAY = sim.base_url, yarl.URL(sim.gateway_url)
    try:
        yield
    finally:
        route.BASE, socket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def connected(sim: Simulator) -> AsyncIterator[None]:
    """Have the bot connected and ready."""
    with pointed_at(sim):
        bot = Echo()
        await bot.login(sim.token)
        task = asyncio.create_task(bot.connect())
        try:
            await asyncio.wait_for(bot.wait_until_ready(), LIMIT)
            yield
        finally:
            await bot.close()
            await asyncio.wait([task])


def new_simulator() -> Simulator:
    """Return a simulator that lets bots connect one right after another."""
    sim = Simulator(gateway=GatewaySettings(identify_interval=0.0))
    sim.guild("Harbour")
    return sim


async def journey() -> None:
    """Go all the way."""
    async with new_simulator() as sim, connected(sim):
        person = sim.guild("Harbour").member("mara")
        for number in range(COMMANDS):
            reply = await person.slash("echo", text=f"number {number}")
            if reply.text != f"number {number}":
                raise AssertionError(f"the bot said {reply.text!r}")


async def connect(sim: Simulator) -> None:
    """Connect and leave."""
    async with connected(sim):
        pass


async def cost(work: Awaitable[None]) -> Sample:
    """Return what the work cost this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work
    return {Figure.WALL: time.perf_counter() - wall, Figure.CPU: time.process_time() - cpu}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start the simulator that the base connects to."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    async with new_simulator() as sim:
        yield [
            Case("journey", lambda: cost(journey())),
            Case("discord.py connecting", lambda: cost(connect(sim))),
        ]


BENCHMARK = Benchmark(
    "journey",
    prepare,
    (
        Comparison(
            "a test of 5 commands", "journey", "discord.py connecting", Figure.CPU, Aim.COST, floor=3.0, ambition=1.7
        ),
    ),
    rounds=9,
)
