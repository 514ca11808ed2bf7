"""The bot's private HTTP server: `/livez` (the loop turns), `/readyz` (it can do its work), `/metrics`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from guildbase.bot.loop_lag import LoopLag
from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.services.redis import redis_state

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from guildbase.bot.client import GuildbaseBot

STALL = 10.0  # seconds without a turn of the loop after which the process counts as stuck


class HealthServer:
    """Answers for the bot that runs now, also while the supervisor builds a new one."""

    def __init__(self, services: BotServices, bot: Callable[[], GuildbaseBot | None]) -> None:
        self._services = services
        self._bot = bot
        self._loop_lag = LoopLag()
        self._registry: CollectorRegistry | None = None
        self.is_stopping = False
        self.is_standing_by = False
        """Whether other processes run all shards, and this one waits to take over."""
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen; raise ConfigurationError if the port is taken."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/livez", self._livez),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigurationError(
                f"The health server cannot listen on {host}:{port}: {error.strerror}.",
                hint="Stop the program that uses the port, or set GUILDBASE_HEALTH_PORT.",
            ) from None
        self.port = int(self._runner.addresses[0][1])
        self._probe = asyncio.create_task(self._loop_lag.run(), name="loop-lag")

    async def stop(self) -> None:
        """Stop listening."""
        self._probe.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._probe
        await self._runner.cleanup()

    async def _livez(self, _request: web.Request) -> web.Response:
        since = time.monotonic() - self._loop_lag.last_tick
        return _json(
            {"status": "ok" if since < STALL else "stuck", "seconds_since_tick": round(since, 1)}, since < STALL
        )

    async def _readyz(self, _request: web.Request) -> web.Response:
        bot = self._bot()
        shards = []
        if bot is not None:
            shards = [
                {"id": shard_id, "ready": shard_id in bot.ready_shards, "latency": _finite(shard.latency)}
                for shard_id, shard in sorted(bot.shards.items())
            ]
        try:
            await self._services.get(DatabaseManager).ping()
            database = "ok"
        except DatabaseUnavailable:
            database = "unavailable"
        broken_loops = self._services.get(BackgroundLoops).broken
        is_ready = (
            bot is not None
            and bot.all_shards_ready
            and bot.lease.is_sure
            and database == "ok"
            and not broken_loops
            and not self.is_stopping
        )
        body: dict[str, object] = {
            "status": "standing_by" if self.is_standing_by else "ok" if is_ready else "unavailable",
            "database": database,
            "redis": await redis_state(self._services),
            "broken_loops": broken_loops,
            "shards": shards,
        }
        if bot is not None:
            body |= {"guilds": len(bot.guilds), "failed_features": bot.loader.failed, "lease": _lease(bot)}
        return _json(body, is_ready)

    async def _metrics(self, _request: web.Request) -> web.Response:
        # Most bots are never asked, and the library costs a twentieth of the start.
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        from guildbase.bot.metrics import collector_registry

        if self._registry is None:
            self._registry = collector_registry(self._bot, self._loop_lag)
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _lease(bot: GuildbaseBot) -> dict[str, object]:
    return {"shards": bot.shard_range.name, "token": bot.lease.token, "sure": bot.lease.is_sure}


def _json(body: dict[str, object], is_ok: bool) -> web.Response:
    status = 200 if is_ok else 503
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def _finite(seconds: float) -> float | None:
    """Return a latency, or None before the first heartbeat, when discord.py says infinity."""
    return round(seconds, 4) if 0 <= seconds < 3600 else None
