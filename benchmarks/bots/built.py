"""Builds one bot in a fresh process and prints the CPU seconds since the process began.

`python -m benchmarks.bots.built bare` or `... built guildbase DATABASE_URL`.
"""

from __future__ import annotations

import asyncio
import sys
import time

from benchmarks.loop import new_event_loop


async def build_bare() -> None:
    """Import discord.py and build a bot with one command."""
    from benchmarks.bots.bare import BareBot

    BareBot()


async def build_guildbase(database_url: str) -> None:
    """Import what `guildbase bot` imports, build the bot and load its features."""
    import guildbase.bot.supervisor
    import guildbase.cli.app
    import guildbase.cli.serve  # noqa: F401 - the command line is part of what a process pays for.
    from benchmarks.bots.guildbase import guildbase_bot

    async with guildbase_bot(database_url):
        print(time.process_time())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        if sys.argv[1] == "bare":
            runner.run(build_bare())
            print(time.process_time())
        else:
            runner.run(build_guildbase(sys.argv[2]))
