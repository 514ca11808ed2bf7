"""Builds one bot in a fresh process and prints the CPU seconds since the process began.

`python -m benchmarks.bots.built bare COMMANDS` or `... built guildbase DATABASE_URL`.
"""

from __future__ import annotations

import asyncio
import sys
import time

from benchmarks.loop import new_event_loop


async def build_bare(more: int) -> None:
    """Import discord.py and build a bot with so many commands more than one."""
    from benchmarks.bots.bare import BareBot

    BareBot(more=more).add_commands()
    print(time.process_time())


async def build_guildbase(database_url: str) -> None:
    """Import what `guildbase bot` imports, as it does so, build the bot and load its features."""
    import guildbase.cli.processes
    from guildbase.core.loading import loading

    with loading():
        import guildbase.bot.supervisor
        import guildbase.cli.serve  # noqa: F401
    from benchmarks.bots.guildbase import guildbase_bot

    async with guildbase_bot(database_url):
        print(time.process_time())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(build_bare(int(sys.argv[2])) if sys.argv[1] == "bare" else build_guildbase(sys.argv[2]))
