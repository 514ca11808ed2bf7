"""Runs the bot and builds it anew when it breaks: one exception in discord.py's parsers ends all its shards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import discord
import structlog

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.health import HealthServer
from guildbase.bot.identify import IdentifyThrottle
from guildbase.bot.intents import plan_intents
from guildbase.bot.preflight import DiscordUnreachable, Preflight, preflight, require_token
from guildbase.bot.target import point_at
from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.core.ports import ErrorReport
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.services.errors import report
from guildbase.services.leases import Leases
from guildbase.services.shard_ranges import HeldShards, ShardRanges

log = structlog.get_logger(__name__)

FIRST_PAUSE = 1.0  # seconds before the first new try
LONGEST_PAUSE = 300.0  # keeps a bot that always breaks below 20 starts an hour
STEADY = 300.0  # seconds after which a bot counts as healthy and the pause starts small again
COUNT_AGAIN_AFTER = 5.0  # seconds

FATAL_CLOSES = {
    4004: ("Discord refuses the token.", "Set a valid GUILDBASE_DISCORD_TOKEN."),
    4010: ("Discord refuses the number of shards.", "Leave GUILDBASE_SHARD_COUNT empty."),
    4011: ("Discord demands more shards.", "Leave GUILDBASE_SHARD_COUNT empty."),
    4012: ("Discord no longer speaks this version of the gateway.", "Install a newer version of Guildbase."),
    4013: ("Discord does not know an intent.", "Install a newer version of Guildbase."),
}
"""Gateway close codes after which a new try gives the same: what happened, and what to do.

Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
"""


class BotSupervisor:
    """Keeps one bot running until it is told to stop."""

    def __init__(self, services: BotServices) -> None:
        self._services = services
        self._settings = services.get(Settings)
        self.bot: GuildbaseBot | None = None
        self.health = HealthServer(services, lambda: self.bot)
        self._shards: HeldShards | None = None
        self._lost = asyncio.Event()
        self._counted_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Run until the event is set, then let effects finish and leave Discord.

        Raises:
            ConfigurationError: the token, an intent or a port is wrong, so a new try would not help.
            DiscordUnreachable: Discord did not answer at the start.
        """
        point_at(self._settings)
        flight = await preflight(self._settings)
        self._counted_at = time.monotonic()
        plan = plan_intents(self._services.get(FeatureRegistry), flight.granted)
        throttle = self._throttle(flight)
        await self.health.start(self._settings.health_host, self._settings.health_port)
        pause = FIRST_PAUSE
        try:
            while not stop.is_set():
                shards = await self._lease(stop, flight)
                if shards is None:
                    return
                await self._count_starts(throttle)
                if not await _unless_stopped(stop, throttle.allowance(len(shards.range.ids))):
                    return
                self.bot = GuildbaseBot(self._services, plan, throttle, shards)
                began = time.monotonic()
                await self._run_once(self.bot, stop)
                if not self._lost.is_set():
                    pause = next_pause(pause, time.monotonic() - began)
                    await _unless_stopped(stop, asyncio.sleep(pause))
        finally:
            await self._give_back()
            await self.health.stop()

    def _throttle(self, flight: Preflight) -> IdentifyThrottle:
        # On SQLite this process is the only one.
        is_alone = self._services.get(DatabaseManager).is_sqlite
        return IdentifyThrottle(
            max_concurrency=flight.max_concurrency,
            starts_left=flight.starts_left,
            starts_total=flight.starts_total,
            reset_after=flight.starts_reset_after,
            leases=None if is_alone else self._services.get(Leases),
        )

    async def _lease(self, stop: asyncio.Event, flight: Preflight) -> HeldShards | None:
        """Return the shards to run, those of the bot before if they are still ours; None if told to stop meanwhile."""
        if self._shards is None or self._shards.lease.is_lost:
            self._shards, self.bot = None, None
            self._lost.clear()
            self.health.is_standing_by = True
            if not await _unless_stopped(stop, self._acquire(flight.shards)):
                return None
            self.health.is_standing_by = False
        return self._shards

    async def _acquire(self, recommended: int) -> None:
        self._shards = await ShardRanges(self._services).wait(recommended)
        self._services.get(Leases).keep(self._shards.lease, self._lost.set)

    async def _give_back(self) -> None:
        if self._shards is not None:
            try:
                await self._services.get(Leases).release(self._shards.lease)
            except DatabaseUnavailable as error:
                log.warning("shards_not_given_back", reason=error.message)

    async def _count_starts(self, throttle: IdentifyThrottle) -> None:
        """Ask Discord how many starts are left, unless that was just done: other processes use them up too."""
        if time.monotonic() - self._counted_at < COUNT_AGAIN_AFTER:
            return
        self._counted_at = time.monotonic()
        try:
            flight = await preflight(self._settings)
        except DiscordUnreachable as error:
            log.warning("starts_not_counted", reason=error.message)
            return
        throttle.count(
            starts_left=flight.starts_left, starts_total=flight.starts_total, reset_after=flight.starts_reset_after
        )

    async def _run_once(self, bot: GuildbaseBot, stop: asyncio.Event) -> None:
        running = asyncio.create_task(bot.start(require_token(self._settings)), name="bot")
        ends = [asyncio.create_task(event.wait(), name="bot-ends") for event in (stop, self._lost)]
        try:
            await asyncio.wait([running, *ends], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.health.is_stopping = stop.is_set()
            for end in ends:
                end.cancel()
            await bot.close()
            # A start that still waits for its turn would otherwise go on, and try to connect for ever.
            running.cancel()
            results = await asyncio.gather(running, return_exceptions=True)
        if self._lost.is_set():
            log.error("shards_lost", shards=bot.shard_range.name, reason="Another process runs them now.")
        elif not stop.is_set():
            _judge(results[0], self._services)


def next_pause(pause: float, lasted: float) -> float:
    """Return the seconds until the next try, after the last pause and a bot that lasted so many seconds."""
    return FIRST_PAUSE if lasted > STEADY else min(pause * 2, LONGEST_PAUSE)


def _judge(result: BaseException | None, services: BotServices) -> None:
    """Raise what a new try cannot mend; log and report the rest."""
    code = 4004 if isinstance(result, discord.LoginFailure) else getattr(result, "code", None)
    if isinstance(result, discord.LoginFailure | discord.ConnectionClosed) and code in FATAL_CLOSES:
        message, hint = FATAL_CLOSES[code]
        raise ConfigurationError(message, hint=hint) from result
    if isinstance(result, discord.PrivilegedIntentsRequired):
        raise ConfigurationError(
            "Discord refuses a privileged intent.",
            hint="Grant it under Bot, Privileged Gateway Intents, at https://discord.com/developers.",
        ) from result
    error_id = report(services, result, ErrorReport("bot", "connection")) if result else None
    log.error("bot_broke", error_id=error_id, exc_info=result, reason="It is built anew.")


async def _unless_stopped(stop: asyncio.Event, waiting: Coroutine[Any, Any, None]) -> bool:
    """Wait for the one or the other; True if it was not the stop."""
    tasks = [asyncio.create_task(waiting), asyncio.create_task(stop.wait())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if not stop.is_set():
        tasks[0].result()
    return not stop.is_set()
