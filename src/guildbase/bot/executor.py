"""Runs promised effects: claims outbox rows, carries them out on Discord and keeps what became of them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import discord
import structlog

from guildbase.bot.effects import EffectHandler, EffectRun, Refused
from guildbase.bot.languages import language_of_guild
from guildbase.bot.pace import TURN
from guildbase.bot.places import Places
from guildbase.core.errors import DatabaseUnavailable, GuildbaseError
from guildbase.core.i18n import speak
from guildbase.core.logging import correlation
from guildbase.services.outbox import ClaimedEffect, Outbox, Shards, Wanted

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

log = structlog.get_logger(__name__)

POLL = 2.0  # seconds; bounds what a lost wake-up costs
UNKNOWN_RETRY = timedelta(minutes=1)
"""Until a kind that nothing runs here is looked at again; growing, the pause would outlast the feature's return."""
TIME_LIMIT = 20.0  # seconds for one attempt
FINISH_WITHIN = 6.0  # seconds that running effects have at a stop; the whole process has to end within twenty


class EffectExecutor:
    """The worker of one bot process."""

    def __init__(self, bot: GuildbaseBot, outbox: Outbox, shards: Callable[[], Shards | None] = lambda: None) -> None:
        """Run effects of the guilds of these shards, which may become more; None stands for all."""
        self.handlers: dict[str, EffectHandler] = {}
        self._bot = bot
        self._outbox = outbox
        self._shards = shards
        self._worker = f"bot-{secrets.token_hex(4)}"
        self._lease = timedelta(seconds=bot.settings.lease_ttl)
        self._wake = asyncio.Event()
        self._stopping = False
        self._loop_task: asyncio.Task[None] | None = None
        self._renewal: asyncio.Task[None] | None = None
        self._places = Places(bot.traffic)
        self._running: dict[asyncio.Task[None], int] = {}
        """By task the number of its effect."""

    def start(self) -> None:
        """Begin to claim and run effects in the background."""
        self._unsubscribe = self._outbox.wake_on_promise(self._wake)
        self._loop_task = asyncio.create_task(self._run(), name="effect-executor")
        self._renewal = asyncio.create_task(self._keep_leases(), name="effect-leases")

    def wake(self) -> None:
        """Look at once for what may be done by now."""
        self._wake.set()

    async def stop(self, *, within: float = FINISH_WITHIN) -> None:
        """Claim nothing more, let what runs finish within so many seconds, and give back the rest."""
        self._stopping = True
        if self._loop_task is None or self._renewal is None:
            return
        self._unsubscribe()
        self._wake.set()
        await asyncio.wait([self._loop_task], timeout=within)
        for task in (self._loop_task, self._renewal):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._loop_task = None
        try:
            await self._outbox.release(self._worker)
        except Exception:
            # The leases run out by themselves.
            log.exception("outbox_release_failed")

    async def _run(self) -> None:
        try:
            while not self._stopping:
                wanted = self._places.wanted()
                effects = await self._claim(wanted) if wanted else []
                for effect in effects:
                    self._begin(effect)
                if wanted is None or len(effects) < wanted.limit:
                    await self._sleep()
            if self._running:
                await asyncio.wait(self._running)
        except asyncio.CancelledError:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            raise

    async def _keep_leases(self) -> None:
        """Hold on to what runs for as long as this process lives."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                if self._running:
                    await self._outbox.renew(self._worker, set(self._running.values()), lease=self._lease)
            except DatabaseUnavailable as error:
                log.warning("outbox_leases_not_renewed", reason=error.message)
            except Exception:
                log.exception("outbox_leases_not_renewed")

    def _begin(self, effect: ClaimedEffect) -> None:
        self._places.take(effect)
        task = asyncio.create_task(self._attempt(effect), name=f"effect-{effect.id}")
        self._running[task] = effect.id

        def end(task: asyncio.Task[None]) -> None:
            del self._running[task]
            if self._places.give_back(effect):
                self._wake.set()

        task.add_done_callback(end)

    async def _claim(self, wanted: Wanted) -> list[ClaimedEffect]:
        try:
            wanted = replace(wanted, shards=self._shards())
            return await self._outbox.claim(self._worker, wanted, lease=self._lease)
        except DatabaseUnavailable as error:
            # Promised effects wait in it until it is back.
            log.warning("outbox_waits_for_the_database", reason=error.message)
        except Exception:
            log.exception("outbox_claim_failed")
        return []

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._wake.wait()
        self._wake.clear()

    async def _attempt(self, effect: ClaimedEffect) -> None:
        TURN.set(effect.priority)
        with correlation(f"effect-{effect.id}"):
            try:
                await self._carry_out(effect)
            except Exception:
                # The mark could not be written; the lease runs out and the effect is tried again.
                log.exception("effect_not_settled", kind=effect.kind)

    async def _carry_out(self, effect: ClaimedEffect) -> None:
        handler = self.handlers.get(effect.kind)
        if handler is None:
            # Its feature is unloaded or broken now; the promise stays.
            await self._outbox.retry(effect, f"No feature runs {effect.kind} here.", after=UNKNOWN_RETRY)
            return
        run = EffectRun(self._bot, effect.id, effect.promised_at, effect.guild_id or 0, effect.payload)
        try:
            async with asyncio.timeout(TIME_LIMIT):
                speak(await language_of_guild(self._bot.services, effect.guild_id))
                await handler.run(run)
        except Exception as error:
            log.warning("effect_failed", kind=effect.kind, attempt=effect.attempts, exc_info=True)
            if not isinstance(error, GuildbaseError | discord.DiscordException | OSError):
                # What Discord or the network did is no mistake of ours; what became of the effect is in its row.
                self._bot.report(error, "effect", effect.kind, guild_id=effect.guild_id)
            await self._fail(effect, handler, run, error)
        else:
            await self._outbox.done(effect)

    async def _fail(self, effect: ClaimedEffect, handler: EffectHandler, run: EffectRun, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        is_last = effect.is_last_attempt or (handler.attempts is not None and effect.attempts >= handler.attempts)
        if not is_last and not _is_final(error):
            await self._outbox.retry(effect, reason, growth=2 if handler.attempts is None else 4)
            return
        if handler.on_failed is not None:
            try:
                await handler.on_failed(replace(run, error=error))
            except Exception:
                log.exception("effect_failure_not_told", kind=effect.kind)
        await self._outbox.failed(effect, reason)


def _is_final(error: Exception) -> bool:
    """Tell whether Discord would refuse every repetition, too; a new token or some patience mends the exceptions."""
    if isinstance(error, Refused):
        return True
    if not isinstance(error, discord.HTTPException):
        return False
    return 400 <= error.status < 500 and error.status not in (401, 408, 429)
