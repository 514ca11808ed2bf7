"""How much is to be done, what failed, and how quickly it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import col

from guildbase.core.ports import Caller
from guildbase.database.clock import database_now
from guildbase.platform.operations import rules
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueItem, DueState
from guildbase.services.due_work.models import FAILED, PENDING
from guildbase.services.outbox import EffectState, OutboxEffect
from guildbase.services.outbox.models import WAITING

RECENT = 1000
"""Pieces, the latest of each table, that the throughput is taken from."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class KindFigures:
    """What is to be done of one kind."""

    kind: str
    waiting: int
    """Pieces that are due or will be."""
    failed: int
    oldest: float
    """Seconds that the oldest due piece waits; 0 if none does."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Due work, or the outbox."""

    kinds: list[KindFigures]
    done_last_hour: int
    """At most `RECENT`: only the latest pieces are looked at."""

    @property
    def oldest(self) -> float:
        """Seconds that the oldest due piece waits."""
        return max((it.oldest for it in self.kinds), default=0.0)

    @property
    def failed(self) -> int:
        """Pieces that were given up."""
        return sum(it.failed for it in self.kinds)


class WorkController(BaseController):
    """Counts along the indexes of what is open; what was done is never counted as a whole."""

    async def due(self, caller: Caller) -> Queue:
        """Return how due work fares.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        kind, due_at = col(DueItem.kind), col(DueItem.due_at)
        done = select(col(DueItem.finished_at)).where(col(DueItem.state) == DueState.DONE)
        done = done.order_by(col(DueItem.work_id).desc()).limit(RECENT)
        return await self._queue(kind, due_at, PENDING, FAILED, done)  # type: ignore[arg-type]

    async def effects(self, caller: Caller) -> Queue:
        """Return how promised effects fare.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        kind, due_at = col(OutboxEffect.kind), col(OutboxEffect.due_at)
        done = select(col(OutboxEffect.updated_at)).where(col(OutboxEffect.state) == EffectState.DONE)
        done = done.order_by(col(OutboxEffect.effect_id).desc()).limit(RECENT)
        failed = col(OutboxEffect.state) == EffectState.FAILED
        return await self._queue(kind, due_at, WAITING, failed, done)  # type: ignore[arg-type]

    async def _queue(
        self,
        kind: ColumnElement[str],
        due_at: ColumnElement[datetime],
        is_waiting: ColumnElement[bool],
        is_failed: ColumnElement[bool],
        done: Select[datetime],
    ) -> Queue:
        waiting = select(kind, func.count(), func.min(due_at), database_now()).where(is_waiting).group_by(kind)
        failed = select(kind, func.count()).where(is_failed).group_by(kind)
        async with self.reading() as session:
            counted = (await session.execute(waiting)).all()
            given_up = {row[0]: row[1] for row in await session.execute(failed)}
            ended = (await session.execute(done)).scalars().all()
            now: datetime = (await session.execute(select(database_now()))).scalar_one()
        figures = {name: KindFigures(name, 0, count, 0.0) for name, count in given_up.items()}
        for name, count, oldest, moment in counted:
            lag = max(0.0, (moment - oldest).total_seconds())
            figures[name] = KindFigures(name, count, given_up.get(name, 0), lag)
        return Queue(
            [figures[name] for name in sorted(figures)],
            sum(moment is not None and moment > now - HOUR for moment in ended),
        )
