"""Hands over and erases what is kept about a person or a guild; the only writer of the erasures' table."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import Table, and_, case
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import is_pseudonym, is_snowflake, new_pseudonym
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_for
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.database.upkeep.erasure import Subject, scrub
from guildbase.platform.guilds.models import Guild
from guildbase.platform.privacy import rules
from guildbase.platform.privacy.controller.erasing import ErasingController, Progress, erasure_steps
from guildbase.platform.privacy.models import ErasureRequest, ErasureScope
from guildbase.platform.privacy.queries import missing_erasures, own_request, rows_about
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.erasure_list import ErasureList
from guildbase.services.tables import all_tables

if TYPE_CHECKING:
    from guildbase.services.personal_export import Manifest

log = structlog.get_logger(__name__)


class ErasureNotFound(NotFound):
    """There is no such erasure."""

    code = "erasure_not_found"

    def __init__(self, key: UUID) -> None:
        super().__init__(_("There is no erasure {key}.", key=key), hint=_("`guildbase privacy erasures` lists them."))


class PrivacyController(BaseController):
    """A person's and a guild's right to see and to erase."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._settings = services.get(Settings)

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

    async def request_erasure(
        self, caller: Caller, scope: ErasureScope, subject_id: int, *, can_be_taken_back: bool = False
    ) -> UUID:
        """Note that the person or the guild is to be erased, and return the erasure's key; the same one if asked twice.

        The next housekeeping erases, or that after `rules.GRACE` if it can be taken back; `finish` does so at once.

        Raises:
            PermissionDenied: it is neither the caller's own data nor the caller's guild.
            InvalidInput: this is no id.
        """
        self._require_may_ask(caller, scope, subject_id)

        async def note(work: UnitOfWork) -> UUID:
            not_before = utcnow() + rules.GRACE if can_be_taken_back else None
            key = await self._note(work, ErasureRequest(scope=scope, subject_id=subject_id, not_before=not_before))
            # The row must name nobody who is erased, so whoever asks for oneself is not named either.
            await self.audit(work, AuditRecord("privacy.erasure_requested", details={"erasure": str(key)}))
            return key

        return await self.run(SYSTEM if caller.user_id == subject_id else caller, note)

    async def own_erasure(self, caller: Caller) -> ErasureRequest | None:
        """Return the erasure of the caller that was asked for and is not done, if there is one."""
        async with self._fresh() as session:
            return (await session.execute(own_request(caller))).scalar_one_or_none()

    async def take_back(self, caller: Caller) -> None:
        """Erase the caller not after all.

        Raises:
            NotFound: they did not ask to be erased.
            Conflict: it is too late.
        """

        async def take_back(work: UnitOfWork) -> None:
            request = (await work.session.execute(own_request(caller).with_for_update())).scalar_one_or_none()
            if request is None:
                raise NotFound(_("You did not ask to be erased."))
            if not rules.can_be_taken_back(request.not_before, utcnow()):
                raise Conflict(_("It is too late: the erasure has begun."), hint=_("It is done within minutes."))
            record = AuditRecord("privacy.erasure_taken_back", details={"erasure": str(request.request_key)})
            await self.audit(work, record)
            await work.session.delete(request)

        await self.run(caller, take_back)

    async def own_rows(self, caller: Caller) -> dict[str, int]:
        """Return how many rows of which table are about the caller or mention them; tables without any are left out."""
        self._require_may_ask(caller, ErasureScope.USER, caller.user_id or 0)
        async with self._fresh() as session:
            return await rows_about(session, self._tables(), caller.user_id or 0)

    async def plan(self, caller: Caller, scope: ErasureScope, subject_id: int) -> dict[str, int]:
        """Return how many rows of which table an erasure would treat in which way; nothing changes."""
        self._require_may_ask(caller, scope, subject_id)
        subject = Subject(subject_id, new_pseudonym())
        async with self._fresh() as session:
            counts = {step.name: await step.count(session, subject) for step in erasure_steps(self.services, scope)}
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
        now = utcnow()
        due = [it for it in await self.erasures(only_open=True) if not rules.can_be_taken_back(it.not_before, now)]
        wanted = [await self._request(key) for key in keys] or due
        failures: list[Exception] = []
        for request in wanted:
            if request.subject_id is None:
                continue
            try:
                await self.services.get(ErasingController).erase(request, request.subject_id, progress)
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
            missing = await missing_erasures(session, self._tables(), ErasureList.of(self._settings).read())
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
        at_once = case((row.excluded.not_before.is_(None), None), else_=col(ErasureRequest.not_before))
        earlier = {"is_sweep": is_sweep, "not_before": at_once}
        noted = row.on_conflict_do_update(index_elements=["scope", "subject_id"], set_=earlier)
        key: UUID = (await work.session.execute(noted.returning(col(ErasureRequest.request_key)))).scalar_one()
        return key

    def _fresh(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Read the primary: a replica may not know yet what this process has just written."""
        return self._database.read_session(fresh=True)

    def _tables(self) -> list[Table]:
        return all_tables(self.services.get(FeatureRegistry))

    def _require_may_ask(self, caller: Caller, scope: ErasureScope, subject_id: int) -> None:
        if not rules.may_ask(caller, scope, subject_id, self._settings.owner_ids):
            raise PermissionDenied(
                _("That is not your data."), hint=_("Ask for your own, or for the server that you own.")
            )
        if not is_snowflake(subject_id) or is_pseudonym(subject_id):
            raise InvalidInput(
                _("{subject_id} is no id of a {scope}.", subject_id=subject_id, scope=scope),
                hint=_("Copy it with Developer Mode on."),
            )

    async def _request(self, key: UUID) -> ErasureRequest:
        async with self._fresh() as session:
            request = await ErasureRequest.get_by_id(session, key)
        if request is None:
            raise ErasureNotFound(key)
        return request

    async def _is_emptied(self, key: UUID) -> bool:
        request = await self._request(key)
        return request.subject_id is None and request.finished_at is None


async def _mark_finished(work: UnitOfWork, keys: list[UUID]) -> None:
    for key in keys:
        request = await work.session.get(ErasureRequest, key, with_for_update=True)
        if request is not None and request.finished_at is None:
            request.finished_at = utcnow()
