"""Promises effects, hands them to workers and keeps what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.sql.dml import Update

from guildbase.core.logging import text_to_keep
from guildbase.database.clock import database_now
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.outbox import claiming
from guildbase.services.outbox.claiming import Wanted
from guildbase.services.outbox.marks import DoneMarks
from guildbase.services.outbox.models import MAX_ERROR, TABLE, ClaimedEffect, EffectState, OutboxEffect, Priority
from guildbase.services.pubsub import PubSub, Topic

LEASE = timedelta(seconds=30)
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Promised:
    """An effect was promised, or is to be looked at again."""

    effect_id: int


PROMISED = Topic("outbox", Promised)


class Outbox:
    """All access to the promised effects."""

    def __init__(self, database: DatabaseManager, pubsub: PubSub) -> None:
        self._database = database
        self._pubsub = pubsub
        self._marks = DoneMarks(database)
        self._waiters: dict[int, list[asyncio.Future[EffectState]]] = {}
        self._expects_more = False
        """Whether the last claim left something behind, most likely."""

    async def promise(
        self,
        work: UnitOfWork,
        kind: str,
        payload: dict[str, Any],
        *,
        guild_id: int | None,
        priority: Priority = Priority.NORMAL,
    ) -> int:
        """Store the effect in this transaction and wake a worker after commit; returns the effect's number."""
        values = OutboxEffect.validated(
            {"kind": kind, "payload": payload, "guild_id": guild_id, "priority": int(priority)}
        )
        del values["effect_id"]
        # The clock that decides what is due also says from when on.
        moments = dict.fromkeys(("created_at", "updated_at", "due_at"), database_now())
        stored = insert(TABLE).values(**values | moments).returning(TABLE.c.effect_id)
        effect_id: int = (await work.session.execute(stored)).scalar_one()
        work.after_commit(lambda: self.wake(effect_id))
        return effect_id

    async def promise_all(
        self,
        work: UnitOfWork,
        kind: str,
        payloads: Sequence[dict[str, Any]],
        *,
        guild_id: int | None,
        priority: Priority = Priority.NORMAL,
    ) -> None:
        """Store effects of one kind in this transaction, for nobody who waits for one of them."""
        now = (await work.session.execute(select(database_now()))).scalar_one()
        fixed: dict[str, Any] = {"kind": kind, "guild_id": guild_id, "priority": int(priority)}
        fixed |= dict.fromkeys(("created_at", "updated_at", "due_at"), now)
        rows = [OutboxEffect.validated({**fixed, "payload": payload}) for payload in payloads]
        for row in rows:
            del row["effect_id"]
        await work.session.execute(insert(TABLE), rows)
        work.after_commit(lambda: self.wake(0))

    def wake(self, effect_id: int) -> None:
        """Wake a worker for an effect that is committed; `promise` sees to that itself."""
        self._pubsub.publish(PROMISED, Promised(effect_id))

    async def claim(
        self,
        worker: str,
        wanted: Wanted = Wanted(),  # noqa: B008 - it is immutable.
        *,
        lease: timedelta = LEASE,
    ) -> list[ClaimedEffect]:
        """Take due effects for the length of the lease, by default the most urgent first."""
        if not self._expects_more and not await self._is_anything_due(wanted):
            return []
        statement = claiming.claim(wanted, worker, lease)

        async def take(work: UnitOfWork) -> list[ClaimedEffect]:
            return [ClaimedEffect(*row) for row in await work.session.execute(statement)]

        claimed = await self._database.run(take)
        self._expects_more = len(claimed) == wanted.limit
        return claiming.in_order(claimed, wanted)

    async def done(self, effect: ClaimedEffect) -> bool:
        """Mark the effect as done; False if the lease was lost to another worker meanwhile."""
        return self._told(effect, EffectState.DONE, is_ours=await self._marks.add(effect))

    async def failed(self, effect: ClaimedEffect, error: str) -> bool:
        """Mark the effect as failed for good, with the reason."""
        return self._told(effect, EffectState.FAILED, is_ours=await self._settle(effect, EffectState.FAILED, error))

    async def retry(
        self, effect: ClaimedEffect, error: str, *, after: timedelta | None = None, growth: int = 2
    ) -> bool:
        """Run the effect again later, by default with a delay that doubles with every attempt up to 10 minutes.

        Another `growth` than 2 is for what is tried a few times only; its delay has no bound.
        """
        growing: timedelta = FIRST_RETRY * growth ** min(effect.attempts - 1, 20)
        growing = min(growing, LONGEST_RETRY) if growth == 2 else growing
        due_at = database_now(after if after is not None else growing)
        return await self._settle(effect, EffectState.PENDING, error, due_at=due_at)

    async def renew(self, worker: str, effect_ids: Collection[int], *, lease: timedelta) -> int:
        """Begin the leases of these effects anew, as far as the worker holds them.

        What it holds besides these must run out: it knows nothing of them, or could not store how they ended.
        """
        held = update(TABLE).where(
            TABLE.c.effect_id.in_(effect_ids), TABLE.c.state == EffectState.RUNNING, TABLE.c.worker == worker
        )
        return await self._changed(held.values(lease_until=database_now(lease)))

    async def release(self, worker: str | None = None) -> int:
        """Give back what the worker (or, without one, everybody) holds; for a clean stop or a lone process's start."""
        held = update(TABLE).where(TABLE.c.state == EffectState.RUNNING)
        if worker is not None:
            held = held.where(TABLE.c.worker == worker)
        return await self._changed(held.values(state=EffectState.PENDING, worker=None, lease_until=None))

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
        return self._pubsub.subscribe(PROMISED, lambda _promised: wake.set())

    async def _is_anything_due(self, wanted: Wanted) -> bool:
        """A look that only reads disturbs nobody, and mostly there is nothing to do."""
        async with self._database.read_session(fresh=True) as session:
            return (await session.execute(claiming.due(wanted).limit(1))).first() is not None

    async def _settle(self, effect: ClaimedEffect, state: EffectState, error: str, **values: Any) -> bool:
        settled = (
            update(TABLE)
            .where(
                TABLE.c.effect_id == effect.id,
                TABLE.c.worker == effect.worker,
                TABLE.c.state == EffectState.RUNNING,
                TABLE.c.attempts == effect.attempts,
            )
            .values(state=state, worker=None, lease_until=None, error=text_to_keep(error)[:MAX_ERROR] or None, **values)
        )
        return await self._changed(settled) == 1

    async def _changed(self, statement: Update) -> int:
        async def change(work: UnitOfWork) -> int:
            result = await work.session.execute(statement)
            return result.rowcount if isinstance(result, CursorResult) else 0

        return await self._database.run(change)

    def _told(self, effect: ClaimedEffect, state: EffectState, *, is_ours: bool) -> bool:
        """Tell whoever waits for the outcome, unless it is another worker's to say."""
        for waiter in self._waiters.get(effect.id, ()) if is_ours else ():
            if not waiter.done():
                waiter.set_result(state)
        return is_ours
