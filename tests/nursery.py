"""Bots that may be killed at any moment, for the processes that tests start by `python -c`.

Such a process loads the program once and forks a bot for each life, since to start Python anew takes seconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, cast

import discord
from sqlalchemy.orm import configure_mappers

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.bot.effects import EffectHandler
from guildbase.bot.target import point_at
from guildbase.bot.traffic import DiscordTraffic
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
from guildbase.services.outbox import Outbox
from guildbase.testing.postgresql import die_with_parent


class Bot(discord.Client):
    """A client without a gateway, which knows one server as a gateway would have told it."""

    here: discord.Guild | None = None

    def __init__(self, settings: Settings, registry: FeatureRegistry) -> None:
        self.traffic = DiscordTraffic(60)
        super().__init__(intents=discord.Intents.none(), http_trace=self.traffic.trace())
        self.settings, self.services = settings, assemble(settings, registry)

    def report(self, error: BaseException, *_about: Any, **_more: Any) -> None:
        """Tell the test's log of what went wrong."""
        sys.stderr.write(f"bot failed: {error!r}\n")

    def get_guild(self, guild_id: int, /) -> discord.Guild | None:
        """Return the server, whichever is asked for."""
        return self.here


class Nursery:
    """Bears bots that work on one database and one local Discord."""

    def __init__(self, url: str, api: str, token: str) -> None:
        self.token = token
        self._registry = FeatureRegistry.discover()
        self._settings = Settings(database_url=url, discord_api_url=api, lease_ttl=1)
        executor.POLL = 0.05
        point_at(self._settings)
        configure_mappers()

    async def bot(self, *handlers: EffectHandler, guild_id: str | None = None, knows_channels: bool = False) -> Bot:
        """Return a bot that is logged in, knows the server, and carries out effects of these kinds."""
        bot = Bot(self._settings, self._registry)
        await bot.login(self.token)
        if guild_id is not None:
            assert bot.user is not None
            bot.here = await bot.fetch_guild(int(guild_id))
            bot.here._add_member(await bot.here.fetch_member(bot.user.id))
            for channel in await bot.here.fetch_channels() if knows_channels else ():
                bot.here._add_channel(channel)
        runner = executor.EffectExecutor(cast("GuildbaseBot", bot), bot.services.get(Outbox))
        runner.handlers.update({handler.kind: handler for handler in handlers})
        runner.start()
        return bot

    @staticmethod
    def bear(life: Callable[[], Coroutine[Any, Any, None]]) -> int:
        """Begin a life in a process of its own, which dies with this one; return its number."""
        child = os.fork()
        if not child:
            die_with_parent()
            asyncio.run(life())
            os._exit(0)
        return child

    @staticmethod
    def kill(child: int) -> None:
        """Kill the process, which must not have ended before."""
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
