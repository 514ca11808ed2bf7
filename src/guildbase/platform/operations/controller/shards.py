"""The history of shards: written by the bot processes, each for its own, and read in as many points as fit a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, case, cast, extract, func, select
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.rows.upsert import insert_for
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.operations import rules
from guildbase.platform.operations.models import ShardEvent, ShardHappening, ShardSample
from guildbase.services.controller import BaseController
from guildbase.services.process import ProcessIdentity
from guildbase.services.shards import Shards


@dataclass(frozen=True, slots=True)
class Point:
    """How a shard fared in a stretch of time."""

    at: datetime
    latency: float | None
    """Seconds, on average."""
    highest: float | None
    """Seconds, at worst."""
    ready: float
    """The share of its minutes in which it was ready, 0 to 1."""
    guilds: int


class ShardHistory(BaseController):
    """The one writer of samples and events of shards."""

    async def record(self, happened: Sequence[tuple[int, ShardHappening, datetime]]) -> None:
        """Store what happened to shards of this process, and how they fare in this minute."""
        process = self.services.get(ProcessIdentity).id
        minute = rules.minute_of(utcnow())
        samples = [
            {
                "shard": state.shard_id,
                "minute": minute,
                "is_ready": state.state == "ready",
                "guilds": state.report.guilds,
                "latency_ms": None if state.report.latency is None else round(state.report.latency * 1000),
            }
            for state in await self.services.get(Shards).all()
            if state.owner == process and state.report is not None
        ]

        async def store(work: UnitOfWork) -> None:
            work.session.add_all(
                ShardEvent(shard=shard_id, happening=happening, process=process, happened_at=at)
                for shard_id, happening, at in happened
            )
            if samples:
                rows = insert_for(work.session, ShardSample).values(samples)
                # A second look within the minute says nothing new.
                await work.session.execute(rows.on_conflict_do_nothing(index_elements=["shard", "minute"]))

        if samples or happened:
            await self.run(SYSTEM, store)

    async def points(self, caller: Caller, shard_id: int, hours: int) -> list[Point]:
        """Return how the shard fared in the last hours, oldest first; minutes are taken together if there are many.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        length = int(rules.step(hours).total_seconds())
        part = (cast(extract("epoch", col(ShardSample.minute)), BigInteger) / length).label("part")
        whole = cast(func.floor(part), BigInteger) if not self._database.is_sqlite else cast(part, BigInteger)
        latency = col(ShardSample.latency_ms)
        ready = func.avg(case((col(ShardSample.is_ready), 1.0), else_=0.0))
        figures = (whole, func.avg(latency), func.max(latency), ready, func.max(col(ShardSample.guilds)))
        wanted: Any = (
            select(*figures)
            .where(col(ShardSample.shard) == shard_id)
            .where(col(ShardSample.minute) >= utcnow() - timedelta(hours=hours))
            .group_by(whole)
            .order_by(whole)
        )
        async with self.reading(may_lag=True) as session:
            rows = (await session.execute(wanted)).all()
        return [
            Point(_moment(number * length), _seconds(average), _seconds(highest), float(share), guilds)
            for number, average, highest, share, guilds in rows
        ]

    async def events(
        self, caller: Caller, *, shard_id: int | None = None, before: UUID | None = None, limit: int = 50
    ) -> Sequence[ShardEvent]:
        """Return what happened to connections, newest first.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        listed = select(ShardEvent).order_by(col(ShardEvent.event_id).desc()).limit(limit)
        if shard_id is not None:
            listed = listed.where(col(ShardEvent.shard) == shard_id)
        if before is not None:
            listed = listed.where(col(ShardEvent.event_id) < before)
        async with self.reading(may_lag=True) as session:
            return (await session.execute(listed)).scalars().all()


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _seconds(milliseconds: float | Decimal | None) -> float | None:
    return None if milliseconds is None else round(float(milliseconds) / 1000, 4)
