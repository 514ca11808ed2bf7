"""Holds a large world and prints how many bytes of memory that takes: `python -m benchmarks.bots.crowds KIND`.

`simulator` is the simulator's own; `ids` is the least that any program needs which knows who is where: for each
guild a list of its members' ids, and nothing else of them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

GUILDS = 10_000
MEMBERS = 100


def simulator() -> object:
    """Seed a world."""
    from guildbase.simulator import Simulator
    from guildbase.simulator.seed import seed

    discord = Simulator(shards=16)
    seed(discord, GUILDS, MEMBERS)
    if sum(len(it.members) for it in discord.world.guilds.values()) != GUILDS * (MEMBERS + 1):
        raise AssertionError("members are missing")
    return discord


def ids() -> object:
    """Number everyone."""
    first = 10**18
    return {first + it: [first + it * MEMBERS + one for one in range(MEMBERS)] for it in range(GUILDS)}


if __name__ == "__main__":
    kept = {"simulator": simulator, "ids": ids}[sys.argv[1]]()
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(int(found[1]) * 1024 if found else 0)
