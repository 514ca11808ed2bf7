"""The worker of a process: takes what is due, does several pieces at once, and gives back what it cannot end."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import structlog

from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.services.due_work.attempts import attempt
from guildbase.services.due_work.claims import LEASE, Claims
from guildbase.services.due_work.controller import DueWork
from guildbase.services.due_work.handlers import Handler, declared_handlers
from guildbase.services.due_work.recurring import intervals
from guildbase.services.due_work.settlement import Claim
from guildbase.services.due_work.wakeups import SCHEDULED
from guildbase.services.pubsub import PubSub

log = structlog.get_logger(__name__)

POLL = 2.0  # seconds; bounds what a lost wake-up costs
SHORTEST = 0.01
"""Seconds between two looks when what is due is just being taken by somebody else; each further one is twice as long,
for it may be locked for long."""
PLACES = 16
"""Pieces of work that are done at the same time."""
OF_ONE_KIND = 8
"""Places that one kind may take, so that a slow one leaves some to the others."""
GRACE = 5.0
"""Seconds that a stop lets begun work go on."""
COUNT_EVERY = 10.0  # seconds between two counts of what waits


class DueWorker:
    """Does due work until it is stopped."""

    def __init__(self, services: BotServices, *, poll: float = POLL, lease: timedelta = LEASE) -> None:
        self.handlers = declared_handlers(services.get(FeatureRegistry))
        self.claims = Claims(services.get(DatabaseManager), f"worker-{secrets.token_hex(6)}", lease=lease)
        self._services = services
        self._figures = services.get(DueWork).figures
        self._poll = poll
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}
        self._next_count = 0.0
        self._knows_jobs = False
        self._misses = 0
        """Looks in a row that found something due which nobody could take."""
        self._has_backlog = False
        """Whether the last claim took all that there was room for, so that no look is needed before the next."""

    async def run(self) -> None:
        """Take and do what is due, again and again, until cancelled; begun work may then end within the grace."""
        unsubscribe = self._services.get(PubSub).subscribe(SCHEDULED, lambda _message: self._wake.set())
        try:
            while True:
                try:
                    pause = await self._round()
                except DatabaseUnavailable as error:
                    # What is due waits in it until it is back.
                    log.warning("due_work_waits_for_the_database", reason=error.message)
                    pause = self._poll
                await self._sleep(pause)
        except asyncio.CancelledError:
            if self._running:
                await asyncio.wait(self._running, timeout=GRACE)
            raise
        finally:
            unsubscribe()
            await self._give_back()

    async def _round(self) -> float:
        """Take what there is room for, and return the seconds until there may be more."""
        if not self._knows_jobs:
            await self.claims.ensure(intervals(self.handlers))
            self._knows_jobs = True
        await self._count()
        if self._has_backlog:
            # Those that end at about the same time make room for one claim together.
            await asyncio.sleep(SHORTEST / 2)
        while True:
            kinds, room = self._room()
            if room == 0:
                return self._poll
            if not self._has_backlog:
                look = await self.claims.look(kinds)
                if look.has_lost and await self.claims.take_back():
                    continue
                if look.next_due is None or look.next_due > 0:
                    self._misses = 0
                    return self._poll if look.next_due is None else min(self._poll, look.next_due)
            taken = await self.claims.claim(kinds, room)
            for claim in taken:
                self._begin(claim, self.handlers[claim.kind])
            if not taken and not self._has_backlog:
                self._misses += 1
                return min(self._poll, SHORTEST * 2.0 ** min(self._misses - 1, 10))
            self._misses = 0
            self._has_backlog = len(taken) == room

    def _room(self) -> tuple[list[str], int]:
        """Return the kinds that may take more places, and how many pieces to take at most."""
        busy = Counter(self._running.values())
        kinds = [kind for kind in self.handlers if busy[kind] < OF_ONE_KIND]
        # Whatever kind they are of, that many fit.
        of_one_kind = OF_ONE_KIND - max((busy[kind] for kind in kinds), default=OF_ONE_KIND)
        return kinds, min(PLACES - len(self._running), of_one_kind)

    def _begin(self, claim: Claim, handler: Handler) -> None:
        task = asyncio.create_task(self._attempt(claim, handler), name=f"due-{claim.work_id}")
        self._running[task] = claim.kind
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        was_full = self._room()[1] == 0 or len(self._room()[0]) < len(self.handlers)
        del self._running[task]
        if was_full:
            self._wake.set()

    async def _attempt(self, claim: Claim, handler: Handler) -> None:
        try:
            outcome = await attempt(self._services, self.claims, claim, handler)
        except Exception:
            # Its end could not be stored; the lease runs out and the work is tried again.
            log.exception("due_work_not_settled", kind=claim.kind, work_id=claim.work_id)
        else:
            self._figures.endings[outcome.kind, outcome.ending] += 1

    async def _count(self) -> None:
        if time.monotonic() >= self._next_count:
            self._next_count = time.monotonic() + COUNT_EVERY
            lags, self._figures.failed = await self.claims.waiting()
            self._figures.lags = {kind: lags.get(kind, 0.0) for kind in self.handlers}

    async def _sleep(self, seconds: float) -> None:
        # Not `wait_for`, which before Python 3.12 forgets a cancellation that comes together with the wake-up.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _give_back(self) -> None:
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        try:
            await self.claims.release()
        except Exception:
            # The leases run out by themselves.
            log.exception("due_work_not_released")
