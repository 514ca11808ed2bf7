"""Lets operators see what became of promised effects, and have those that failed tried again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlmodel import col

from guildbase.core.errors import Conflict, NotFound, PermissionDenied
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.clock import database_now
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.controller import BaseController
from guildbase.services.outbox.models import EffectState, OutboxEffect
from guildbase.services.outbox.outbox import Outbox

RETRIED = "outbox.retry"
"""What the audit calls it."""


class OutboxController(BaseController):
    """The operator's view of the outbox."""

    async def effects(
        self,
        caller: Caller,
        *,
        state: EffectState | None = None,
        kind: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[OutboxEffect]:
        """Return effects of the whole installation, the latest promise first; `before` is an `effect_id`.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        _require_operator(caller)
        listed = select(OutboxEffect).order_by(col(OutboxEffect.effect_id).desc()).limit(limit)
        if state is not None:
            listed = listed.where(col(OutboxEffect.state) == state)
        if kind is not None:
            listed = listed.where(col(OutboxEffect.kind) == kind)
        if before is not None:
            listed = listed.where(col(OutboxEffect.effect_id) < before)
        async with self.reading() as session:
            return (await session.execute(listed)).scalars().all()

    async def retry(self, caller: Caller, effect_id: int) -> None:
        """Have a failed effect tried again at once; one whose promise is older than a day is tried once.

        Raises:
            PermissionDenied: the caller is not the operator.
            NotFound: there is no such effect.
            Conflict: it has not failed.
        """
        _require_operator(caller)
        await self.run(caller, lambda work: self._retry(work, effect_id))

    async def _retry(self, work: UnitOfWork, effect_id: int) -> None:
        effect = await work.session.get(OutboxEffect, effect_id)
        if effect is None:
            raise NotFound(f"There is no effect {effect_id}.", hint="`guildbase outbox list` shows what there is.")
        again = (
            update(OutboxEffect)
            .where(col(OutboxEffect.effect_id) == effect_id, col(OutboxEffect.state) == EffectState.FAILED)
            .values(state=EffectState.PENDING, attempts=0, error=None, due_at=database_now())
            .returning(col(OutboxEffect.effect_id))
            .execution_options(synchronize_session=False)
        )
        if (await work.session.execute(again)).first() is None:
            raise Conflict(f"Effect {effect_id} has not failed: it is {effect.state}.")
        await self.audit(work, AuditRecord(RETRIED, effect.guild_id, details={"effect": effect_id}))
        work.after_commit(lambda: self.services.get(Outbox).wake(effect_id))


def _require_operator(caller: Caller) -> None:
    if not caller.is_operator:
        raise PermissionDenied(
            "Only the operator may look after promised effects.", hint="Use guildbase outbox on the server."
        )
