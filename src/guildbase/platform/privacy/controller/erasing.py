"""Carries out what was asked: goes through all tables, batch by batch, from where it was left off."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from sqlmodel import select

from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM, AuditRecord
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import new_pseudonym
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.database.upkeep.erasure import Batch, Step, Subject, guild_steps, person_steps
from guildbase.platform.guilds.models import Guild
from guildbase.platform.privacy import rules
from guildbase.platform.privacy.events import DataErased
from guildbase.platform.privacy.kinds import SweepState
from guildbase.platform.privacy.models import ErasureRequest, ErasureScope
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.erasure_list import ErasureList
from guildbase.services.tables import all_tables
from guildbase.services.write_behind.service import WriteBehind

MOST_PASSES = 5
"""How often the tables are gone through again for rows that were written meanwhile."""

Progress = Callable[[str, int], None]
"""Hears of every batch: the step's name and the rows treated."""


class ErasingController(BaseController):
    """Erases one person or guild; it may be killed anywhere and goes on from there."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._list = ErasureList.of(services.get(Settings))

    async def erase(self, request: ErasureRequest, subject_id: int, progress: Progress) -> None:
        """Go through all steps, then again until nothing is found; the steps that were done before are not repeated."""
        if not request.is_sweep:
            self._add_to_list(request, subject_id)
        key = request.request_key
        try:
            async with self.services.get(CacheService).changing(*await self._snapshots(request.scope, subject_id)):
                await self._go_through(request, subject_id, progress)
        except _NotNow as reason:
            if reason.state is SweepState.BACK:
                await self.run(SYSTEM, lambda work: self._forget(work, key, "privacy.sweep_cancelled"))
            return
        self._add_to_list(request, subject_id)
        # Before the request is closed, so that a process that is killed here does it again.
        await self._forget_places(request.scope, subject_id)
        async with self.services.get(CacheService).changing(f"{request.scope}:{subject_id}"):
            await self.run(
                SYSTEM, lambda work: self._forget(work, key, "privacy.erased", DataErased(request.scope, subject_id))
            )

    async def _go_through(self, request: ErasureRequest, subject_id: int, progress: Progress) -> None:
        key, steps = request.request_key, erasure_steps(self.services, request.scope)
        subject = Subject(subject_id, request.pseudonym or new_pseudonym())
        for number in range(min(request.steps_done, len(steps)), len(steps)):
            await self._carry_out(key, steps[number], subject, progress, done=number + 1)
        if request.scope is ErasureScope.USER:
            # What a process has in memory would come back when it is stored.
            await self.services.get(WriteBehind).forget_the_unstored()
        for _pass in range(MOST_PASSES):
            if not sum([await self._carry_out(key, step, subject, progress) for step in steps]):
                break

    async def _snapshots(self, scope: ErasureScope, subject_id: int) -> list[str]:
        """Return the tags of the snapshots in which the person stands: rights would live on in them."""
        from guildbase.database.upkeep.personal_data import PersonView  # Not needed to start.

        if scope is ErasureScope.GUILD:
            return [f"guild:{subject_id}"]
        view, found = PersonView(subject_id), set[int]()
        async with self._database.read_session(fresh=True) as session:
            for part in self.services.get(FeatureRegistry).snapshot_parts():
                if (condition := view.condition(part.table)) is not None:
                    found |= set((await session.execute(select(part.table.c.guild_id).where(condition))).scalars())
        return [f"guild:{guild_id}" for guild_id in sorted(found)]

    async def _forget_places(self, scope: ErasureScope, subject_id: int) -> None:
        """Drop the copies of leaderboards that show the person or belong to the guild."""
        from guildbase.services.leaderboards import Leaderboards  # not needed for the start.

        leaderboards = self.services.get(Leaderboards)
        if scope is ErasureScope.GUILD:
            await leaderboards.drop(subject_id)
        else:
            await leaderboards.forget_member(subject_id)

    async def _carry_out(self, key: UUID, step: Step, subject: Subject, progress: Progress, *, done: int = 0) -> int:
        """Carry out one step, batch by batch, each in a transaction of its own; return the number of rows."""
        rows, batch = 0, Batch(0, ())
        while batch.after is not None:
            treat = partial(_treat, key=key, step=step, subject=subject, after=batch.after, done=done)
            batch = await self.run(SYSTEM, treat)
            progress(step.name, batch.rows)
            rows += batch.rows
        return rows

    async def _forget(self, work: UnitOfWork, key: UUID, action: str, event: DataErased | None = None) -> None:
        """Remove from the request whom it was about; from here on nobody can tell."""
        request = await _locked(work, key)
        if request is None:
            return
        request.subject_id = request.pseudonym = None
        details = {"erasure": str(key), "rows": sum(request.treated.values())}
        await self.audit(work, AuditRecord(action, details=details))
        if event is not None:
            await work.announce(event)

    def _add_to_list(self, request: ErasureRequest, subject_id: int) -> None:
        self._list.add(request.scope, request.request_key, subject_id, utcnow())


def erasure_steps(services: BotServices, scope: ErasureScope) -> list[Step]:
    """Return what an erasure does, table by table."""
    tables = all_tables(services.get(FeatureRegistry))
    return person_steps(tables) if scope is ErasureScope.USER else guild_steps(tables)


class _NotNow(Exception):
    """A guild that was left is back, or its time is not over."""

    def __init__(self, state: SweepState) -> None:
        super().__init__(state.value)
        self.state = state


async def _treat(
    work: UnitOfWork, key: UUID, step: Step, subject: Subject, after: tuple[object, ...], done: int
) -> Batch:
    """Treat one batch and keep in the same transaction how far the erasure is."""
    request = await _locked(work, key)
    if request is None:
        return Batch(0, None)
    if request.is_sweep and (state := await _sweep_state(work, subject.id)) is not SweepState.DUE:
        raise _NotNow(state)
    batch = await step.treat(work.session, subject, after)
    if batch.rows:
        request.treated = {**request.treated, step.name: request.treated.get(step.name, 0) + batch.rows}
    if batch.after is None:
        request.steps_done = max(request.steps_done, done)
    return batch


async def _locked(work: UnitOfWork, key: UUID) -> ErasureRequest | None:
    """Return the request if it is still to be carried out, and keep other processes from it until the commit."""
    request = await work.session.get(ErasureRequest, key, with_for_update=True)
    return request if request is not None and request.subject_id is not None else None


async def _sweep_state(work: UnitOfWork, guild_id: int) -> SweepState:
    """Look at the guild and keep it as it is until the commit, so that a return waits or is seen."""
    guild = await work.session.get(Guild, guild_id, with_for_update=True)
    return rules.sweep_state(guild.left_at, guild.purge_after, utcnow()) if guild is not None else SweepState.DUE
