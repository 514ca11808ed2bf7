"""Promised effects: rows written in the transaction that promises them, run later by an executor.

An effect runs at least once. A worker claims it for the length of a lease; if the worker dies, the
lease runs out and another one claims it. So an effect must bear being run twice, for which its number
goes into Discord's message nonce; Discord remembers nonces for a few minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, or_, select, text, update
from sqlalchemy.engine import CursorResult
from sqlmodel import Field, col
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.logging import text_to_keep
from guildbase.database.base import Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.mixins import TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, cleared, column_info
from guildbase.database.types import (
    JsonDocument,
    Snowflake,
    enum_type,
    optional_snowflake,
    surrogate_key,
    text_field,
)
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.database.upkeep.retention import kept_for
from guildbase.services.pubsub import PubSub

TOPIC = "outbox"
LEASE = timedelta(seconds=30)
GIVE_UP_AFTER = timedelta(hours=24)
"""Age at which a failing effect is given up: longer than Discord is ever away, short enough to still mean something."""
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=10)
MAX_ERROR = 500
_WAITING = text("state IN ('pending', 'running')")
"""Word for word the condition of the index: SQLite does not see otherwise that a query may use it."""


class EffectState(StrEnum):
    """Where a promised effect stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class OutboxEffect(TimestampMixin, Base, table=True):
    """One effect that is promised and, until it is done or failed for good, not forgotten."""

    __table_args__ = (
        Index(
            "ix_outbox_effect_waiting",
            "due_at",
            "effect_id",
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        {"info": kept_for("outbox_retention_days", by="updated_at", only="state IN ('done', 'failed')")},
    )

    effect_id: int | None = surrogate_key()
    kind: str = text_field(max_length=80, privacy=NOT_PERSONAL)
    guild_id: Snowflake | None = optional_snowflake(index=True, privacy=NOT_PERSONAL)
    payload: dict[str, Any] = Field(sa_type=JsonDocument, sa_column_kwargs=column_info(DELETE_ROW))
    """An effect about a person who asks to be erased goes with them, done or not."""
    state: EffectState = Field(default=EffectState.PENDING, sa_type=enum_type(EffectState, "effect_state"))
    attempts: int = Field(default=0, ge=0)
    due_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    worker: str | None = text_field(default=None, max_length=40, privacy=NOT_PERSONAL)
    error: str | None = text_field(default=None, max_length=MAX_ERROR, privacy=cleared())

    @property
    def id(self) -> int:
        """The number of a stored effect."""
        if self.effect_id is None:
            raise ValueError("The effect is not stored yet.")
        return self.effect_id

    @property
    def is_given_up(self) -> bool:
        """Whether a failure now is final, because the promise is too old."""
        return utcnow() - self.created_at > GIVE_UP_AFTER


class Outbox:
    """Promises effects, hands them to workers and keeps what became of them."""

    def __init__(self, database: DatabaseManager, pubsub: PubSub) -> None:
        self._database = database
        self._pubsub = pubsub
        self._waiters: dict[int, list[asyncio.Future[EffectState]]] = {}

    async def promise(self, work: UnitOfWork, kind: str, payload: dict[str, Any], *, guild_id: int | None) -> int:
        """Store the effect in this transaction and wake a worker after commit; returns the effect's number."""
        effect = OutboxEffect(kind=kind, payload=payload, guild_id=guild_id)
        work.session.add(effect)
        await work.session.flush()
        work.after_commit(lambda: self.wake(effect.id))
        return effect.id

    def wake(self, effect_id: int) -> None:
        """Wake a worker for an effect that is committed; `promise` sees to that itself."""
        self._pubsub.publish(TOPIC, {"effect_id": str(effect_id)})

    async def claim(self, worker: str, *, limit: int = 10, lease: timedelta = LEASE) -> list[OutboxEffect]:
        """Take up to `limit` due effects, oldest first, for the length of the lease."""
        now = utcnow()
        waiting = (
            select(col(OutboxEffect.effect_id))
            .where(
                _WAITING,
                or_(
                    (col(OutboxEffect.state) == EffectState.PENDING) & (col(OutboxEffect.due_at) <= now),
                    (col(OutboxEffect.state) == EffectState.RUNNING) & (col(OutboxEffect.lease_until) < now),
                ),
            )
            .order_by(col(OutboxEffect.due_at), col(OutboxEffect.effect_id))
            .limit(limit)
        )
        async with self._database.read_session(fresh=True) as session:
            if (await session.execute(waiting.limit(1))).first() is None:
                return []
        # Named apart, the rows are picked once; PostgreSQL may run a mere subquery again and take more than `limit`.
        due = waiting.with_for_update(skip_locked=True).cte("due")
        async with self._database.transaction() as work:
            claimed = await work.session.execute(
                update(OutboxEffect)
                .where(col(OutboxEffect.effect_id).in_(select(due.c.effect_id)))
                .values(
                    state=EffectState.RUNNING,
                    worker=worker,
                    lease_until=now + lease,
                    attempts=col(OutboxEffect.attempts) + 1,
                )
                .returning(OutboxEffect)
                .execution_options(synchronize_session=False)
            )
            return sorted(claimed.scalars(), key=lambda effect: (effect.due_at, effect.id))

    async def done(self, effect: OutboxEffect) -> bool:
        """Mark the effect as done; False if the lease was lost to another worker meanwhile."""
        return await self._settle(effect, EffectState.DONE)

    async def failed(self, effect: OutboxEffect, error: str) -> bool:
        """Mark the effect as failed for good, with the reason."""
        return await self._settle(effect, EffectState.FAILED, error=error)

    async def retry(self, effect: OutboxEffect, error: str, *, after: timedelta | None = None) -> bool:
        """Run the effect again later, by default with a delay that doubles with every attempt up to 10 minutes."""
        growing = min(FIRST_RETRY * 2 ** min(effect.attempts - 1, 20), LONGEST_RETRY)
        delay = after if after is not None else growing
        return await self._settle(effect, EffectState.PENDING, error=error, due_at=utcnow() + delay)

    async def release(self, worker: str | None = None) -> int:
        """Give back what the worker (or, without one, everybody) holds; for a clean stop or a lone process's start."""
        held = update(OutboxEffect).where(col(OutboxEffect.state) == EffectState.RUNNING)
        if worker is not None:
            held = held.where(col(OutboxEffect.worker) == worker)
        async with self._database.transaction() as work:
            result = await work.session.execute(held.values(state=EffectState.PENDING, worker=None, lease_until=None))
            return _rows(result)

    async def outcome(self, effect_id: int, *, timeout: float) -> EffectState | None:
        """Wait for the effect to be done or failed, if that happens in this process within `timeout` seconds."""
        waiter: asyncio.Future[EffectState] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(effect_id, []).append(waiter)
        try:
            state = await self.state(effect_id)
            if state in (EffectState.DONE, EffectState.FAILED):
                return state
            return await asyncio.wait_for(waiter, timeout)
        except TimeoutError:
            return None
        finally:
            self._waiters[effect_id].remove(waiter)
            if not self._waiters[effect_id]:
                del self._waiters[effect_id]

    async def state(self, effect_id: int) -> EffectState | None:
        """Return where the effect stands, or None if there is none."""
        async with self._database.read_session(fresh=True) as session:
            effect = await session.get(OutboxEffect, effect_id)
            return effect.state if effect else None

    def wake_on_promise(self, wake: asyncio.Event) -> Callable[[], None]:
        """Set the event whenever an effect was promised; the result, when called, ends that."""
        return self._pubsub.subscribe(TOPIC, lambda _message: wake.set())

    async def _settle(self, effect: OutboxEffect, state: EffectState, *, error: str = "", **values: Any) -> bool:
        settled = (
            update(OutboxEffect)
            .where(
                col(OutboxEffect.effect_id) == effect.id,
                col(OutboxEffect.worker) == effect.worker,
                col(OutboxEffect.state) == EffectState.RUNNING,
                # The number of the attempt fences off a worker that comes back after its lease ran out.
                col(OutboxEffect.attempts) == effect.attempts,
            )
            .values(state=state, worker=None, lease_until=None, error=text_to_keep(error)[:MAX_ERROR] or None, **values)
        )
        async with self._database.transaction() as work:
            is_ours = _rows(await work.session.execute(settled)) == 1
        if is_ours and state in (EffectState.DONE, EffectState.FAILED):
            for waiter in self._waiters.get(effect.id, ()):
                if not waiter.done():
                    waiter.set_result(state)
        return is_ours


def _rows(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
