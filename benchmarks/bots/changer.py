"""Changes a guild's prefix, switches a command or publishes a message of Redis's when told; answers when that was."""

from __future__ import annotations

import asyncio
import sys
import time

from pydantic import SecretStr
from sqlalchemy import update
from sqlmodel import col

from benchmarks.loop import new_event_loop
from guildbase.core.clock import utcnow
from guildbase.core.events import Event, EventBus
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.configuration.events import ConfigurationChanged
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.models import Guild
from guildbase.services.assembly import assemble
from guildbase.services.redis import RedisConnection


async def main(database_url: str, redis_url: str, namespace: str, guild_id: str, channel: str) -> None:
    # A busy machine is no outage.
    settings = Settings(
        database_url=database_url, redis_url=SecretStr(redis_url), redis_namespace=namespace, redis_timeout=10
    )
    services = assemble(settings, FeatureRegistry.discover())
    configuration = services.get(ConfigurationController)
    guilds, client = services.get(GuildController), services.get(RedisConnection).client
    committed = list[float]()

    async def note(_event: Event) -> None:
        committed.append(time.monotonic())

    services.get(EventBus).after_commit(ConfigurationChanged, note)
    await services.start()
    await guilds.join(int(guild_id))
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        kind, word = line.split()
        if kind == "change":
            await configuration.change(SYSTEM, int(guild_id), "guilds", {"prefix": word})
        elif kind == "switch":
            commands_off = {"warn": "for a while"} if word == "off" else {}
            await configuration.change(SYSTEM, int(guild_id), "configuration", {"commands_off": commands_off})
        else:
            # Commits as well: while the disk writes, Redis and both its sockets fall asleep, and wake up slowly.
            async with services.get(DatabaseManager).transaction() as work:
                await work.session.execute(
                    update(Guild).where(col(Guild.guild_id) == int(guild_id)).values(updated_at=utcnow())
                )
            committed.append(time.monotonic())
            await client.publish(channel, word)
        print(committed.pop(), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main(*sys.argv[1:]))
