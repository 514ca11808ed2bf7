"""What a message costs in our bot, against discord.py alone, on the same frames in the same process.

The limit is a bare `AutoShardedClient` whose `on_message` only counts: no bot on discord.py can be
quicker. `talk` are messages that mean nothing to the bot, which is nearly all that a bot sees. In
`mixed` every twentieth is a text command that does nothing in both bots; beside the bare client, which
does not even notice commands, the stock `AutoShardedBot.process_commands` with the same command and the
same two ways of a prefix stands for what one would use instead of ours.

Ours is the real `GuildbaseBot` with every built-in feature loaded and its guilds' snapshots in memory,
as after the first message of each guild. Nothing is connected: a built-in command would answer by REST,
and the network would drown the figure.

Guards: all cases get the same list of frames, the same guilds and intents. A sample counts only if every
message arrived where it was to go, every command ran, and no snapshot was read from the database
meanwhile. Uncontended, wall and CPU agree; the gate is the CPU ratio.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from benchmarks.benchmark import Benchmark
from benchmarks.bots.bare import intents
from benchmarks.bots.guildbase import SHARDS, guildbase_bot
from benchmarks.database import DatabaseTemplate
from benchmarks.frames import COMMAND, PREFIX, Traffic, make_traffic
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.offline import connect, feed
from benchmarks.verdicts import Comparison
from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import GuildSnapshots
from guildbase.services.cache import CacheService
from guildbase.services.cache.service import Outcome


class BareClient(discord.AutoShardedClient):
    """The limit: it parses, dispatches and counts."""

    def __init__(self) -> None:
        super().__init__(intents=intents(), shard_count=SHARDS)
        self.handled = 0

    async def on_message(self, _message: discord.Message) -> None:
        """Count the message."""
        self.handled += 1


class StockBot(commands.AutoShardedBot):
    """discord.py's own handling of text commands."""

    def __init__(self) -> None:
        prefixes = commands.when_mentioned_or(PREFIX)
        super().__init__(prefixes, help_command=None, intents=intents(), shard_count=SHARDS)
        self.handled = 0

    async def on_message(self, message: discord.Message, /) -> None:
        """Do what discord.py's own `on_message` does, and count the message."""
        await self.process_commands(message)
        self.handled += 1


class NoopCommand:
    """A text command that does nothing but count its runs."""

    def __init__(self, bot: commands.AutoShardedBot) -> None:
        self.runs = 0

        @bot.command(name=COMMAND)
        async def noop(_ctx: commands.Context[Any]) -> None:
            self.runs += 1


@dataclass(frozen=True, slots=True)
class Subject:
    """A bot under measurement, and its counts of what it really did."""

    name: str
    door: DiscordWebSocket
    handled: Callable[[], int]
    commands: NoopCommand | None = None

    async def take(self, frames: Sequence[str], runs: int) -> Sample:
        """Feed the frames; raise AssertionError unless so many commands ran."""
        before = self.commands.runs if self.commands else 0
        sample = await feed(self.door, frames, self.handled)
        if self.commands and self.commands.runs - before != runs:
            raise AssertionError(f"{self.commands.runs - before} of {runs} commands ran in {self.name}")
        return sample


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Build the three bots in this process, with the same guilds."""
    traffic = make_traffic()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        template = DatabaseTemplate(Path(folder))
        await asyncio.to_thread(template.migrate)
        ours = await stack.enter_async_context(guildbase_bot(template.copy()))
        for guild in traffic.guilds:
            await ours.services.get(GuildSnapshots).load(int(guild["id"]))
        client, stock = BareClient(), StockBot()
        stock_commands, our_commands = NoopCommand(stock), NoopCommand(ours)
        bare = Subject("bare client", await connect(client, traffic), lambda: client.handled)
        usual = Subject("stock bot", await connect(stock, traffic), lambda: stock.handled, stock_commands)
        guildbase = Subject("guildbase", await connect(ours, traffic), lambda: _routed(ours), our_commands)
        reads = _reads(ours)
        yield [
            *(_talk(subject, traffic) for subject in (bare, guildbase)),
            *(_mixed(subject, traffic) for subject in (bare, usual, guildbase)),
        ]
        if _reads(ours) != reads:
            raise AssertionError("A snapshot was read from the database; the figures hold for snapshots in memory.")


def _talk(subject: Subject, traffic: Traffic) -> Case:
    return Case(f"{subject.name}, talk", lambda: subject.take(traffic.talk, 0))


def _mixed(subject: Subject, traffic: Traffic) -> Case:
    return Case(f"{subject.name}, mixed", lambda: subject.take(traffic.mixed, traffic.commands))


def _routed(bot: GuildbaseBot) -> int:
    """Return how many messages have been through the whole router."""
    return bot.router.routes[-1].calls


def _reads(bot: GuildbaseBot) -> int:
    # What people prefer is read at their first command, and not counted here.
    return bot.services.get(CacheService).stats().requests["guild", Outcome.MISS]


# Measured with the built-in features alone: 0.76-0.80 of the bare client on talk, 0.67-0.70 with commands (where the
# stock bot itself reaches 0.72), 0.93-0.98 of the stock bot. The floors leave room for features that look at every
# message; a prototype with many of them, and its database writes in batches, reached 0.55.
BENCHMARK = Benchmark(
    "dispatch",
    prepare,
    (
        Comparison("message, talk", "guildbase, talk", "bare client, talk", Figure.CPU, Aim.SPEED, 0.55, 0.8),
        Comparison("message, 5 % commands", "guildbase, mixed", "bare client, mixed", Figure.CPU, Aim.SPEED, 0.55, 0.7),
        Comparison("message, 5 % commands", "guildbase, mixed", "stock bot, mixed", Figure.CPU, Aim.SPEED, 0.8, 1.0),
    ),
    rounds=9,
)
