"""Hands over and erases what is kept about a person or a guild; the only writer of the erasures' table."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import Table, and_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, NotFound, PermissionDenied
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import is_pseudonym, is_snowflake, new_pseudonym
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_for
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.database.upkeep.erasure import Batch, Step, Subject, guild_steps, person_steps, scrub
from guildbase.platform.guilds.models import Guild
from guildbase.platform.privacy import rules
from guildbase.platform.privacy.events import DataErased
from guildbase.platform.privacy.models import ErasureRequest, ErasureScope
from guildbase.platform.privacy.queries import missing_erasures
from guildbase.platform.privacy.rules import SweepState
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.erasure_list import ErasureList
from guildbase.services.tables import all_tables
from guildbase.services.write_behind.service import WriteBehind

if TYPE_CHECKING:
    from guildbase.services.personal_export import Manifest

log = structlog.get_logger(__name__)

MOST_PASSES = 5
"""How often the tables are gone through again for rows that were written meanwhile."""

Progress = Callable[[str, int], None]
"""Hears of every batch: the step's name and the rows treated."""


class ErasureNotFound(NotFound):
    """There is no such erasure."""

    code = "erasure_not_found"

    def __init__(self, key: UUID) -> None:
        super().__init__(f"There is no erasure {key}.", hint="`guildbase privacy erasures` lists them.")


class PrivacyController(BaseController):
    """A person's and a guild's right to see and to erase."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._settings = services.get(Settings)
        self._list = ErasureList.of(self._settings)

    async def request_export(self, caller: Caller, scope: ErasureScope, subject_id: int, path: Path) -> Manifest:
        """Write all that is kept about the person or the guild into a zip file.

        Raises:
            PermissionDenied: it is neither the caller's own data nor the caller's guild.
            InvalidInput: this is no id, or the file cannot be written.
        """
        from guildbase.database.schema.revision import current
        from guildbase.database.upkeep.personal_data import GuildView, PersonView
        from guildbase.services.personal_export import write_export

        self._require_may_ask(caller, scope, subject_id)
        view = PersonView(subject_id) if scope is ErasureScope.USER else GuildView(subject_id)
        revision = await current(self.services.get(DatabaseManager))
        async with self._fresh() as session:
            manifest = await write_export(session, self._tables(), view, path, revision=str(revision))
        guild_id = subject_id if scope is ErasureScope.GUILD else None
        target_id = subject_id if scope is ErasureScope.USER else None
        record = AuditRecord("privacy.export", guild_id, str(scope), target_id)
        await self.run(caller, lambda work: self.audit(work, record))
        return manifest

    async def request_erasure(self, caller: Caller, scope: ErasureScope, subject_id: int) -> UUID:
        """Note that the person or the guild is to be erased, and return the erasure's key; the same one if asked twice.

        The next housekeeping erases; `finish` does so at once.

        Raises:
            PermissionDenied: it is neither the caller's own data nor the caller's guild.
            InvalidInput: this is no id.
        """
        self._require_may_ask(caller, scope, subject_id)

        async def note(work: UnitOfWork) -> UUID:
            key = await self._note(work, ErasureRequest(scope=scope, subject_id=subject_id))
            # The row must name nobody who is erased, so whoever asks for oneself is not named either.
            await self.audit(work, AuditRecord("privacy.erasure_requested", details={"erasure": str(key)}))
            return key

        return await self.run(SYSTEM if caller.user_id == subject_id else caller, note)

    async def plan(self, caller: Caller, scope: ErasureScope, subject_id: int) -> dict[str, int]:
        """Return how many rows of which table an erasure would treat in which way; nothing changes."""
        self._require_may_ask(caller, scope, subject_id)
        subject = Subject(subject_id, new_pseudonym())
        async with self._fresh() as session:
            counts = {step.name: await step.count(session, subject) for step in self._steps(scope)}
        return {name: rows for name, rows in counts.items() if rows}

    async def erasures(self, *, only_open: bool = False) -> list[ErasureRequest]:
        """Return the erasures, oldest first."""
        conditions = [col(ErasureRequest.finished_at).is_(None)] if only_open else []
        found = select(ErasureRequest).where(*conditions).order_by(col(ErasureRequest.requested_at))
        async with self._fresh() as session:
            return list((await session.execute(found)).scalars())

    async def finish(self, *keys: UUID, progress: Progress = lambda _step, _rows: None) -> list[ErasureRequest]:
        """Carry out these erasures, or all open ones, wherever they stand; return those that are done now.

        Raises:
            ErasureNotFound: there is no erasure with one of the keys.
            ConfigurationError: the list of erasures cannot be written, so nothing is erased.
            Conflict: the database is too busy to be scrubbed; a repetition goes on from there.
            Exception: the first that ended one of them; the others are done nevertheless.
        """
        wanted = [await self._request(key) for key in keys] or await self.erasures(only_open=True)
        failures: list[Exception] = []
        for request in wanted:
            if request.subject_id is None:
                continue
            try:
                await self._erase(request, request.subject_id, progress)
            except Exception as error:
                log.warning("erasure_failed", erasure=str(request.request_key), reason=type(error).__name__)
                failures.append(error)
        emptied = [request.request_key for request in wanted if await self._is_emptied(request.request_key)]
        if emptied:
            await scrub(self.services.get(DatabaseManager))
            await self.run(SYSTEM, lambda work: _mark_finished(work, emptied))
        if failures:
            raise failures[0]
        return [await self._request(key) for key in emptied]

    async def announce_sweeps(self) -> int:
        """Note an erasure for every guild whose grace period is nearly over, and say so in its audit log."""
        soon = utcnow() + rules.ANNOUNCED_BEFORE
        noted = select(ErasureRequest.subject_id).where(
            ErasureRequest.scope == ErasureScope.GUILD, col(ErasureRequest.subject_id).is_not(None)
        )
        left = select(Guild).where(
            col(Guild.left_at).is_not(None), col(Guild.purge_after) <= soon, col(Guild.guild_id).not_in(noted)
        )
        async with self._fresh() as session:
            guilds = list((await session.execute(left.limit(1_000))).scalars())
        for guild in guilds:
            await self.run(SYSTEM, partial(self._announce_sweep, guild=guild))
        return len(guilds)

    async def reapply(self) -> int:
        """Erase again whom a restored backup brought back; return how many people and guilds that were."""
        async with self._fresh() as session:
            missing = await missing_erasures(session, self._tables(), self._list.read())
        for request in missing:
            await self.run(SYSTEM, partial(self._note, request=request))
        await self.finish()
        return sum(request.subject_id is not None for request in missing)

    async def _announce_sweep(self, work: UnitOfWork, guild: Guild) -> None:
        key = await self._note(work, ErasureRequest(scope=ErasureScope.GUILD, subject_id=guild.guild_id, is_sweep=True))
        details = {"erasure": str(key), "not_before": guild.purge_after and guild.purge_after.isoformat()}
        await self.audit(work, AuditRecord("privacy.sweep_announced", guild.guild_id, details=details))

    async def _note(self, work: UnitOfWork, request: ErasureRequest) -> UUID:
        """Store the request and return its key, or that of one for the same subject that is open already."""
        values = {**request.model_dump(), "pseudonym": new_pseudonym() if request.subject_id else None}
        row = insert_for(work.session, ErasureRequest).values(values)
        if request.subject_id is None:
            await work.session.execute(row.on_conflict_do_nothing())
            return request.request_key
        # Whoever asks for it does not wait for the end of a term.
        is_sweep = and_(col(ErasureRequest.is_sweep), row.excluded.is_sweep)
        noted = row.on_conflict_do_update(index_elements=["scope", "subject_id"], set_={"is_sweep": is_sweep})
        key: UUID = (await work.session.execute(noted.returning(col(ErasureRequest.request_key)))).scalar_one()
        return key

    async def _erase(self, request: ErasureRequest, subject_id: int, progress: Progress) -> None:
        """Go through all steps, then again until nothing is found; the steps that were done before are not repeated."""
        if not request.is_sweep:
            self._add_to_list(request, subject_id)
        key, steps = request.request_key, self._steps(request.scope)
        subject = Subject(subject_id, request.pseudonym or new_pseudonym())
        try:
            for number in range(min(request.steps_done, len(steps)), len(steps)):
                await self._carry_out(key, steps[number], subject, progress, done=number + 1)
            if request.scope is ErasureScope.USER:
                # What a process has in memory would come back when it is stored.
                await self.services.get(WriteBehind).forget_the_unstored()
            for _ in range(MOST_PASSES):
                if not sum([await self._carry_out(key, step, subject, progress) for step in steps]):
                    break
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

    def _fresh(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Read the primary: a replica may not know yet what this process has just written."""
        return self._database.read_session(fresh=True)

    def _tables(self) -> list[Table]:
        return all_tables(self.services.get(FeatureRegistry))

    def _steps(self, scope: ErasureScope) -> list[Step]:
        tables = self._tables()
        return person_steps(tables) if scope is ErasureScope.USER else guild_steps(tables)

    def _require_may_ask(self, caller: Caller, scope: ErasureScope, subject_id: int) -> None:
        if not rules.may_ask(caller, scope, subject_id, self._settings.owner_ids):
            raise PermissionDenied("That is not your data.", hint="Ask for your own, or for the server that you own.")
        if not is_snowflake(subject_id) or is_pseudonym(subject_id):
            raise InvalidInput(f"{subject_id} is no id of a {scope}.", hint="Copy it with Developer Mode on.")

    async def _request(self, key: UUID) -> ErasureRequest:
        async with self._fresh() as session:
            request = await ErasureRequest.get_by_id(session, key)
        if request is None:
            raise ErasureNotFound(key)
        return request

    async def _is_emptied(self, key: UUID) -> bool:
        request = await self._request(key)
        return request.subject_id is None and request.finished_at is None


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


async def _mark_finished(work: UnitOfWork, keys: list[UUID]) -> None:
    for key in keys:
        request = await work.session.get(ErasureRequest, key, with_for_update=True)
        if request is not None and request.finished_at is None:
            request.finished_at = utcnow()
