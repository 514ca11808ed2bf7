"""Reads prefixes from Red-DiscordBot's `Config`; run by the Python of a virtual environment that has Red.

Told a number, it reads so many prefixes, one after another, and answers with the seconds of wall and CPU time.
"""

import asyncio
import json
import sys
import tempfile
import time
from typing import Any


def prepared(documents: dict[str, Any]) -> Any:
    """Return a Config of Red's JSON driver with these guilds."""
    from redbot.core import data_manager  # type: ignore[import-not-found]

    data_manager.basic_config = {
        **data_manager.basic_config_default,
        "DATA_PATH": tempfile.mkdtemp(prefix="red-"),
        "STORAGE_TYPE": "JSON",
        "STORAGE_DETAILS": {},
    }
    from redbot.core import Config
    from redbot.core._drivers import BackendType, get_driver  # type: ignore[import-not-found]

    driver = get_driver("Bench", "1234", storage_type=BackendType.JSON)
    config = Config("Bench", "1234", driver)
    config.register_guild(prefix="!", locale="en", settings={})
    driver.data.setdefault("1234", {})["GUILD"] = documents
    return config


async def main() -> None:
    documents = json.loads(sys.stdin.readline())
    config = prepared(
        {guild: {"prefix": it["prefix"], "locale": "en", "settings": it} for guild, it in documents.items()}
    )
    guilds = [int(guild) for guild in documents]
    print("ready", flush=True)
    for line in sys.stdin:
        wanted = [guilds[number % len(guilds)] for number in range(int(line))]
        wall, cpu = time.perf_counter(), time.process_time()
        found = [await config.guild_from_id(guild).prefix() for guild in wanted]
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if found != [documents[str(guild)]["prefix"] for guild in wanted]:
            raise AssertionError("A prefix is not what was stored.")
        print(wall, cpu, flush=True)


if __name__ == "__main__":
    try:
        import uvloop  # What Red runs on, too, where it is to be had.
    except ImportError:
        asyncio.run(main())
    else:
        uvloop.run(main())
