"""Watches this process's shards: reports how they fare, and finds those that seem to live but hear nothing any more.

Discord numbers the events that it sends over a connection, so a look at the number now and then tells when the last
one came, and costs the events themselves nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING

import discord
import structlog
from discord.gateway import DiscordWebSocket

import guildbase
from guildbase.services.loops import BackgroundLoops
from guildbase.services.process import ProcessIdentity
from guildbase.services.shards import REPORT_EVERY, ShardReport, Shards

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

log = structlog.get_logger(__name__)

LOOP = "shard-watch"
HEARTBEATS = 20  # latencies that are kept, a quarter of an hour's worth
QUIET = 120.0
"""Seconds without an event after which Discord is asked for one."""
ANSWER_WITHIN = 20.0  # seconds


class ShardWatch:
    """The watch over the shards of one bot."""

    def __init__(self, bot: GuildbaseBot) -> None:
        self._bot = bot
        self._changed = asyncio.Event()
        self._sequences: dict[int, tuple[int | None, float]] = {}
        self._latencies: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=HEARTBEATS))
        self._were_ready: set[int] = set()
        self._was_sure = True
        self._probes: dict[int, asyncio.Task[None]] = {}
        self.silences = 0
        """Times that a shard was connected anew because it heard nothing."""

    def start(self) -> None:
        """Watch until `stop`."""
        self._bot.services.get(BackgroundLoops).start(LOOP, self._run)

    async def stop(self) -> None:
        """End the watch and take back what was reported."""
        await self._bot.services.get(BackgroundLoops).stop(LOOP)
        for probe in self._probes.values():
            probe.cancel()
        await asyncio.gather(*self._probes.values(), return_exceptions=True)
        await self._bot.services.get(Shards).report([])

    def changed(self) -> None:
        """Report at once, because a shard came or went."""
        self._changed.set()

    def last_dispatch_age(self, shard_id: int) -> float | None:
        """Return the seconds since the shard's last event, as exact as the watch looks often; None before the first."""
        sequence, since = self._sequences.get(shard_id, (None, 0.0))
        return None if sequence is None else time.monotonic() - since

    async def _run(self) -> None:
        while True:
            # Before the look, so that what changes while it is told is told next.
            self._changed.clear()
            self._look()
            guilds = Counter(guild.shard_id for guild in self._bot.guilds)
            reports = [self._report(it, guilds[it]) for it in self._bot.shard_range.ids]
            await self._bot.services.get(Shards).report(reports)
            try:
                async with asyncio.timeout(REPORT_EVERY):
                    await self._changed.wait()
            except TimeoutError:
                pass

    def _look(self) -> None:
        self._tell_whether_sure()
        for shard_id in self._bot.shards:
            gateway = self._gateway(shard_id)
            if gateway.sequence != self._sequences.get(shard_id, (None,))[0]:
                self._sequences[shard_id] = gateway.sequence, time.monotonic()
            latencies = self._latencies[shard_id]
            # Each heartbeat is measured once, and no two of them take the same time to the last digit.
            if _is_measured(gateway.latency) and (not latencies or latencies[-1] != gateway.latency):
                latencies.append(gateway.latency)
            age = self.last_dispatch_age(shard_id)
            if age is not None and age > QUIET and shard_id in self._bot.ready_shards and shard_id not in self._probes:
                self._begin_probe(shard_id)
        self._were_ready |= self._bot.ready_shards

    def _tell_whether_sure(self) -> None:
        is_sure = self._bot.lease.is_sure
        if is_sure != self._was_sure:
            tell = log.info if is_sure else log.error
            tell("shards_sure" if is_sure else "shards_unsure", shards=self._bot.shard_range.name)
        self._was_sure = is_sure

    def _report(self, shard_id: int, guilds: int) -> ShardReport:
        latencies = tuple(round(latency, 4) for latency in self._latencies[shard_id])
        age = self.last_dispatch_age(shard_id)
        return ShardReport(
            shard_id=shard_id,
            process=self._bot.services.get(ProcessIdentity).id,
            version=guildbase.__version__,
            state=self._state(shard_id),
            guilds=guilds,
            latency=latencies[-1] if latencies else None,
            latency_history=latencies,
            last_dispatch_age=None if age is None else round(age, 1),
        )

    def _state(self, shard_id: int) -> str:
        if shard_id in self._bot.ready_shards:
            return "ready"
        return "reconnecting" if shard_id in self._were_ready else "connecting"

    def _begin_probe(self, shard_id: int) -> None:
        probe = asyncio.create_task(self._probe(shard_id), name=f"probe-shard-{shard_id}")
        self._probes[shard_id] = probe
        probe.add_done_callback(lambda _: self._probes.pop(shard_id, None))

    async def _probe(self, shard_id: int) -> None:
        """Ask for an event, and connect the shard anew if none comes: quiet servers answer, a dead connection does not.

        A shard without servers can miss nothing, and is left alone.
        """
        guild = next((it for it in self._bot.guilds if it.shard_id == shard_id and not it.unavailable), None)
        if guild is None or self._bot.user is None:
            return
        before = self._gateway(shard_id).sequence
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await guild.query_members(user_ids=[self._bot.user.id], limit=1, cache=False)
        except TimeoutError:
            gateway = self._gateway(shard_id)
            if gateway.sequence == before and gateway.open:
                await self._connect_anew(shard_id, gateway)
        except (discord.DiscordException, ConnectionError) as error:
            log.info("shard_not_asked", shard_id=shard_id, reason=type(error).__name__)

    async def _connect_anew(self, shard_id: int, gateway: DiscordWebSocket) -> None:
        self.silences += 1
        age = self.last_dispatch_age(shard_id) or 0.0
        log.error("shard_silent", shard_id=shard_id, seconds=round(age), reason="It is connected anew.")
        # Closed so, the session goes on with the next connection, and Discord sends again what was missed.
        await gateway.close(code=4000)

    def _gateway(self, shard_id: int) -> DiscordWebSocket:
        return self._bot.shards[shard_id]._parent.ws  # noqa: SLF001 - discord.py shows it in no other way.


def _is_measured(latency: float) -> bool:
    return 0 <= latency < 3600
