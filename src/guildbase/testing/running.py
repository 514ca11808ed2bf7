"""A bot in the test's own event loop, put together and kept running as in production."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from discord.gateway import KeepAliveHandler
from sqlalchemy import or_, select
from sqlmodel import col

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.supervisor import BotSupervisor
from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.logging import configure_plain_logging
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings, load_settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds.controller import WELCOME
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.outbox import EffectState, OutboxEffect
from guildbase.simulator import Simulator

if TYPE_CHECKING:
    import httpx

READY_WITHIN = 20.0  # seconds
FIRST_STEPS_WITHIN = 5.0
"""Seconds for what listeners do when a shard is ready; one that goes on for ever must not keep the test waiting."""


class RunningGuildbase:
    """One bot and its services; `start_guildbase` makes and stops it."""

    def __init__(self, simulator: Simulator, settings: Mapping[str, Any]) -> None:
        configure_plain_logging()
        own = {
            "discord_token": simulator.token,
            "discord_api_url": simulator.base_url,
            "discord_gateway_url": simulator.gateway_url,
            "health_port": 0,
            # Tests are quicker than people; one about the limit sets its own.
            "command_rate_limit": 1000,
            "command_rate_window": 1,
            # Settings of whoever runs the tests must not change their outcome.
            "_env_file": None,
            "_env_prefix": "GUILDBASE_TESTING_",
        }
        chosen = load_settings(**(own | dict(settings)))
        self.services: BotServices = assemble(chosen, FeatureRegistry.discover(chosen.features_dir))
        self.supervisor = BotSupervisor(self.services)
        self._gateway_url = simulator.gateway_url
        self._stop = asyncio.Event()
        self._run: asyncio.Task[None] | None = asyncio.create_task(self.supervisor.run(self._stop), name="supervisor")

    @property
    def bot(self) -> GuildbaseBot:
        """The bot that runs now; the supervisor builds a new one when it breaks."""
        if self.supervisor.bot is None:
            raise RuntimeError("The bot has not been built yet.")
        return self.supervisor.bot

    @property
    def health_url(self) -> str:
        """Where the bot's health server listens."""
        return f"http://127.0.0.1:{self.supervisor.health.port}"

    async def until_ready(self, *, instead_of: GuildbaseBot | None = None) -> GuildbaseBot:
        """Return the bot when all its shards are ready, on request only one that took another's place.

        Its listeners have then heard of it, too, so that the database knows the guilds, and new ones were greeted: a
        greeting that came later would stand between what people say and what they hear.
        """
        async with asyncio.timeout(READY_WITHIN):
            while True:
                bot = self.supervisor.bot
                if bot is not None and bot is not instead_of and bot.all_shards_ready:
                    await bot.work.finish(within=FIRST_STEPS_WITHIN)
                    await self._greeted(bot)
                    return bot
                if self._run is None or self._run.done():
                    await self.ended()
                    raise RuntimeError("The bot was stopped before it was ready.")
                await asyncio.wait([self._run], timeout=0.01)

    async def _greeted(self, bot: GuildbaseBot) -> None:
        """Wait until the bot has tried to greet each new guild."""
        untried = (col(OutboxEffect.state) == EffectState.PENDING) & (col(OutboxEffect.attempts) == 0)
        is_open = or_(untried, col(OutboxEffect.state) == EffectState.RUNNING)
        waiting = select(col(OutboxEffect.effect_id)).where(col(OutboxEffect.kind) == WELCOME, is_open).limit(1)
        database = self.services.get(DatabaseManager)
        with contextlib.suppress(TimeoutError, DatabaseUnavailable):  # Then the test is about that.
            async with asyncio.timeout(FIRST_STEPS_WITHIN):
                while WELCOME in bot.executor.handlers:
                    async with database.read_session(fresh=True) as session:
                        if (await session.execute(waiting)).scalar() is None:
                            return
                    await asyncio.sleep(0.01)

    async def ended(self) -> None:
        """Wait until the bot ends, and raise what ended it."""
        run, self._run = self._run, None
        if run is not None:
            await run

    async def stop(self) -> None:
        """Let running effects finish, leave Discord and close the services; raise what went wrong unnoticed."""
        self._stop.set()
        try:
            await self.ended()
        finally:
            await self.services.close()
            await self._close_half_open_shards()

    async def _close_half_open_shards(self) -> None:
        """Close the sockets, and end their threads, that discord.py forgets when a start is cut off."""
        for thread in threading.enumerate():
            if isinstance(thread, KeepAliveHandler) and str(thread.ws.gateway).startswith(self._gateway_url):
                await thread.ws.close()

    def api(self) -> httpx.AsyncClient:
        """Return a client of the HTTP API on the same services; use it as an async context manager."""
        return api_client(self.services)


def api_client(services: BotServices) -> httpx.AsyncClient:
    """Return a client of the real application, which runs in this event loop, with the API key."""
    try:
        import httpx
    except ImportError:
        raise RuntimeError("The API client of guildbase.testing needs httpx. Run: pip install httpx") from None

    from guildbase.api.app import create_app

    # The application answers an unexpected error with 500, as it would in production.
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    key = services.get(Settings).api_key.get_secret_value()
    return httpx.AsyncClient(
        transport=transport, base_url="http://localhost/api/v1", headers={"X-API-Key": key}, trust_env=False
    )
