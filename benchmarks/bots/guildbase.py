"""The real GuildbaseBot, built as the supervisor builds it, for the benchmarks that need it in their own process."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from discord.ext import commands

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.identify import IdentifyThrottle
from guildbase.bot.intents import plan_intents
from guildbase.bot.preflight import GRANTS
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import load_settings
from guildbase.services.assembly import assemble
from guildbase.services.leases import HeldLease
from guildbase.services.shard_ranges import HeldShards, ShardRange

SHARDS = 2


@asynccontextmanager
async def guildbase_bot(database_url: str) -> AsyncIterator[GuildbaseBot]:
    """Yield the bot with all built-in features loaded and every privileged intent granted; it is not connected."""
    settings = load_settings(_env_file=None, database_url=database_url, command_rate_limit=1000, command_rate_window=1)
    registry = FeatureRegistry.discover()
    services = assemble(settings, registry)
    throttle = IdentifyThrottle(max_concurrency=16, starts_left=1000, starts_total=1000, reset_after=86_400)
    shards = ShardRange(0, SHARDS - 1, SHARDS)
    lease = HeldLease(shards.name, token=1, ttl=86_400, sure_until=math.inf)
    plan = plan_intents(registry, frozenset(GRANTS))
    bot = GuildbaseBot(services, plan, throttle, HeldShards(shards, lease))
    try:
        await bot.loader.load_all()
        missing = registry.broken | bot.loader.failed
        if missing or set(bot.loader.loaded) != set(registry.features):
            raise AssertionError(f"Without all its features the bot would look quicker than it is: {missing}")
        yield bot
    finally:
        await services.close()


async def count_commands(database_url: str) -> int:
    """Return how many commands people may use of the bot with all its features, sub-commands counted one by one."""
    async with guildbase_bot(database_url) as bot:
        return sum(not isinstance(command, commands.Group) for command in bot.walk_commands())
