"""The open pages of this process, and what each has still to be told."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from guildbase.core.errors import RateLimited
from guildbase.core.i18n import _
from guildbase.services.container import BotServices
from guildbase.services.live import CHANGED, Changed
from guildbase.services.loops import BackgroundLoops
from guildbase.services.pubsub import PubSub

MOST_PER_LOGIN = 6
"""Streams at a time; a browser itself opens no more to one host."""
MOST_WAITING = 50
"""Features that may wait to be told; of more, the page is told that anything may have changed."""
PAUSE = 0.25
"""Seconds in which changes are gathered into one event, so that a busy server does not keep its pages busy."""


class Listener:
    """One page. What changes twice before it is told is told once, so nothing piles up for a slow one."""

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        self._waiting: dict[str, None] = {}
        self._is_anything = False
        self._is_closed = False
        self._wake = asyncio.Event()

    def tell(self, feature: str | None) -> None:
        """Note that something of the feature changed; None stands for anything."""
        self._is_anything |= feature is None or len(self._waiting) >= MOST_WAITING
        if feature is not None:
            self._waiting[feature] = None
        self._wake.set()

    def close(self) -> None:
        """End the stream."""
        self._is_closed = True
        self._wake.set()

    async def changes(self) -> list[str] | None:
        """Return in which features something changed since the last time; empty for anything, None at the end."""
        await self._wake.wait()
        if not self._is_closed:
            await asyncio.sleep(PAUSE)
        self._wake.clear()
        features = [] if self._is_anything else list(self._waiting)
        self._waiting, self._is_anything = {}, False
        return None if self._is_closed else features


class Listeners:
    """All pages that listen in this process."""

    def __init__(self, services: BotServices) -> None:
        self._services = services
        self._by_guild: defaultdict[int, set[Listener]] = defaultdict(set)
        self._of_login: Counter[str | None] = Counter()
        self._is_closed = False
        services.get(PubSub).on_gap(self._anything_changed)

    def __len__(self) -> int:
        return sum(map(len, self._by_guild.values()))

    @contextmanager
    def listen(self, guild_id: int, login: str | None) -> Iterator[Listener]:
        """Listen to a guild within the block; without a login there is no limit.

        Raises:
            RateLimited: the login has too many streams.
        """
        if self._of_login[login] >= MOST_PER_LOGIN and login is not None:
            raise RateLimited(
                _("Too many pages of this login are open."), retry_after=30, hint=_("Close some of them.")
            )
        self._follow()
        listener = Listener(guild_id)
        self._by_guild[guild_id].add(listener)
        self._of_login[login] += 1
        if self._is_closed:
            listener.close()
        try:
            yield listener
        finally:
            self._forget(listener, login)

    def end(self) -> None:
        """End all streams, since the server waits for them before it stops."""
        self._is_closed = True
        for listener in self._all():
            listener.close()

    def _forget(self, listener: Listener, login: str | None) -> None:
        listeners = self._by_guild[listener.guild_id]
        listeners.discard(listener)
        if not listeners:
            del self._by_guild[listener.guild_id]
        self._of_login[login] -= 1
        if not self._of_login[login]:
            del self._of_login[login]

    def _follow(self) -> None:
        loops = self._services.get(BackgroundLoops)
        if "live-pages" not in loops.loops:
            loops.start("live-pages", self._run)

    async def _run(self) -> None:
        async with self._services.get(PubSub).listen(CHANGED, max_waiting=1000) as messages:
            async for changed in messages:
                self._tell(changed)
                if messages.dropped:
                    messages.dropped = 0
                    self._anything_changed()

    def _tell(self, changed: Changed) -> None:
        for listener in self._by_guild.get(changed.guild_id, ()):
            listener.tell(changed.feature)

    def _anything_changed(self) -> None:
        for listener in self._all():
            listener.tell(None)

    def _all(self) -> list[Listener]:
        return [listener for listeners in self._by_guild.values() for listener in listeners]
