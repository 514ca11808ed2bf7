"""Who is blocked or trusted everywhere, as this process knows it without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.ports import Standing
from guildbase.platform.standing.models import GlobalStanding, StandingStatus
from guildbase.services.container import BotServices
from guildbase.services.database import DatabaseService
from guildbase.services.loops import BackgroundLoops
from guildbase.services.pubsub import PubSub, Topic

LONGEST_BEHIND = 30.0
"""Seconds after which a process reads them again, in case the message of a change was lost."""
LOOP = "standing-everywhere"
# Columns: to make an object of each row costs several times as much, and there may be many.
_COLUMNS = ("subject_id", "status", "reason", "expires_at", "is_silent")
_READ = select(*(GlobalStanding.__table__.c[name] for name in _COLUMNS))


@dataclass(frozen=True, slots=True)
class ChangedEverywhere:
    """Somebody's standing everywhere is another now."""

    subject_id: int


CHANGED = Topic("standing.everywhere", ChangedEverywhere)


class Everywhere:
    """The standings everywhere of people and servers, by their id; their ids are never the same."""

    get: Callable[[int], Standing | None]
    """Return the standing, which may have run out; it is a dict's own `get`."""

    def __init__(self, services: BotServices) -> None:
        self._services = services
        self._pubsub = services.get(PubSub)
        self._database = services.get(DatabaseService)
        self._is_outdated = asyncio.Event()
        self._reading = asyncio.Lock()
        self.get = dict[int, Standing]().get

    async def follow(self) -> None:
        """Know them from now on; what other processes change is known within a moment."""
        loops = self._services.get(BackgroundLoops)
        if LOOP not in loops.loops:
            self._pubsub.subscribe(CHANGED, lambda _: self._is_outdated.set())
            self._pubsub.on_gap(self._is_outdated.set)
            loops.start(LOOP, self._keep_in_step)
        await self.read()

    async def read(self) -> None:
        """Read all of them."""
        # One after the other, so that an older list never replaces a newer one.
        async with self._reading, self._database.read_session(fresh=True) as session:
            rows = await session.execute(_READ)
            self.get = {
                subject_id: Standing(status is StandingStatus.BLOCKED, *rest) for subject_id, status, *rest in rows
            }.get

    async def changed(self, subject_id: int) -> None:
        """Tell all processes of a change that is committed; this one knows it afterwards."""
        self._pubsub.publish(CHANGED, ChangedEverywhere(subject_id))
        try:
            await self.read()
        except DatabaseUnavailable:
            self._is_outdated.set()  # The change is stored, so this is no failure of it; the loop reads it soon.

    async def _keep_in_step(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_BEHIND):
                    await self._is_outdated.wait()
            self._is_outdated.clear()
            try:
                await self.read()
            except Exception:
                self._is_outdated.set()  # The loop is started anew, and must not wait for the next message then.
                raise
