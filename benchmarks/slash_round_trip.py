"""What a slash command costs in our bot's process, against discord.py alone: interaction in, answer out.

Both bots are processes of their own, connected with two shards to a simulator in this process, so the
CPU time is that of the bot alone. 20 people use `/ping` at a time, and each waits for the answer. The
limit is a bare bot whose `/ping` is a plain slash command. Ours is a hybrid command, which runs as a
text command too; the same in the bare bot shows how much of the difference is discord.py's price of that.

Guards: the answers are compared word for word (but for the latency's number), all are ephemeral, and the
simulator counts as many requests as answers, so nobody saves one or sneaks one in. Wall time is shared
by the simulator, which does most of the work, so it hides differences; the gate is the CPU ratio.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from benchmarks.benchmark import Benchmark
from benchmarks.database import DatabaseTemplate
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.processes import BotProcess, bare_process, guildbase_process
from benchmarks.verdicts import Comparison
from benchmarks.world import new_discord
from guildbase.simulator import Simulator

INTERACTIONS = 300
IN_FLIGHT = 20
# Before the first acknowledged heartbeat there is no figure yet.
ANSWER = re.compile(r"Pong! Latency to Discord: (?:\d+ ms|inf ms|not known yet)\.")


async def use(discord: Simulator, bot: BotProcess, command: str) -> Sample:
    """Let 20 people at a time use the command, and return what one use cost the bot's process."""
    guilds = [discord.guild(guild.name) for guild in discord.world.guilds.values()]
    people = [guild.member(f"person{number}") for number in range(IN_FLIGHT // len(guilds)) for guild in guilds]
    requests = discord.stats.requests.total()

    async def one_after_another(person: int) -> None:
        for _ in range(INTERACTIONS // len(people)):
            reply = await people[person].slash(command)
            if not (reply.ephemeral and ANSWER.fullmatch(reply.content)):
                raise AssertionError(f"/{command} was answered with {reply.content!r}")

    wall, cpu = time.perf_counter(), bot.cpu
    await asyncio.gather(*map(one_after_another, range(len(people))))
    wall, cpu = time.perf_counter() - wall, bot.cpu - cpu
    if (made := discord.stats.requests.total() - requests) != INTERACTIONS:
        raise AssertionError(f"{INTERACTIONS} answers took {made} requests")
    return {Figure.WALL: wall / INTERACTIONS, Figure.CPU: cpu / INTERACTIONS}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start one simulator and one process for each of the two bots."""
    async with AsyncExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        template = DatabaseTemplate(folders[0])
        await asyncio.to_thread(template.migrate)
        ours, theirs = [await stack.enter_async_context(new_discord()) for _ in range(2)]
        guildbase = await stack.enter_async_context(guildbase_process(ours, folders[0], template.copy()))
        bare = await stack.enter_async_context(bare_process(theirs, folders[1]))
        await asyncio.gather(guildbase.until_ready(ours), bare.until_ready(theirs))
        yield [
            Case("guildbase", lambda: use(ours, guildbase, "ping")),
            Case("bare bot", lambda: use(theirs, bare, "ping")),
            Case("bare bot, hybrid", lambda: use(theirs, bare, "hybrid_ping")),
        ]


# Measured: 0.74-0.81 of the plain command and 0.85-0.93 of the hybrid one, which is what ours is too.
BENCHMARK = Benchmark(
    "slash",
    prepare,
    (
        Comparison("slash command", "guildbase", "bare bot", Figure.CPU, Aim.SPEED, floor=0.55, ambition=0.8),
        Comparison("slash command", "guildbase", "bare bot, hybrid", Figure.CPU, Aim.SPEED, floor=0.65, ambition=0.9),
    ),
    rounds=9,
)
