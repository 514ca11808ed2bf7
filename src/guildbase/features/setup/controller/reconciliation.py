"""Compares what is kept of a server with what Discord still has; the only writer of the reports' table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import GuildbaseError, NotFound, PermissionDenied
from guildbase.core.guild_sections import GuildSection, Reference
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.setup import rules
from guildbase.features.setup.models import GuildReconciliation, ReconciliationState
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.models import Guild
from guildbase.platform.guilds.rules import may_configure, may_read_settings
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

log = structlog.get_logger(__name__)

Section = GuildSection[AsyncSession, UnitOfWork]
TELL_VANISHED = "setup.tell_vanished"
"""The effect that tells a log channel what vanished; `effects.py` runs it."""
NEVER_CHANGED = 1
"""Version of the snapshot of a server of which nothing was ever set."""


class NothingToRepair(NotFound):
    """No report of the server is open."""

    code = "nothing_to_repair"

    def __init__(self) -> None:
        super().__init__(_("Nothing is left to repair here."), hint=_("`/setup` checks again."))


class ReconciliationController(BaseController):
    """Finds settings that lead nowhere, and takes them out on request."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._known: dict[int, tuple[int, list[Reference]]] = {}
        """By server: the version of its data, and what that refers to. Every change of a section raises the version."""

    @cached_property
    def _sections(self) -> Mapping[str, Section]:
        from guildbase.platform.configuration.controller.sections import guild_sections  # not needed for the start.

        return guild_sections(self.services)

    async def references(self, guild_ids: Sequence[int]) -> dict[int, list[Reference]]:
        """Return the roles, channels and members that the servers' data speaks of; servers without any are left out."""
        versions = await self.services.get(GuildController).versions(guild_ids)
        changed = {guild_id: version for guild_id, version in versions.items() if version > NEVER_CHANGED}
        # A process reads each version of a server's data only once.
        news = [guild_id for guild_id, version in changed.items() if self._known.get(guild_id, (0,))[0] != version]
        for guild_id, references in (await self._read_references(news)).items():
            self._known[guild_id] = changed[guild_id], references
        # `forget` may have come in between; then these are read again the next time.
        return {guild_id: found for guild_id in changed if (found := self._known.get(guild_id, (0, []))[1])}

    def forget(self) -> None:
        """Read everything anew, as after a start."""
        self._known.clear()

    async def _read_references(self, guild_ids: Sequence[int]) -> dict[int, list[Reference]]:
        found = dict[int, list[Reference]]((guild_id, []) for guild_id in guild_ids)
        if not found:
            return found
        async with self.reading() as session:
            for section in self._sections.values():
                # Most servers have nothing in most sections.
                for guild_id in await section.kept_of(session, guild_ids):
                    if (data := await _read(section, session, guild_id)) is not None:
                        found[guild_id] += section.references(data)
        return found

    async def open_among(self, guild_ids: Sequence[int]) -> set[int]:
        """Return the servers with a report that is not settled."""
        statement = select(col(GuildReconciliation.guild_id)).where(
            col(GuildReconciliation.guild_id).in_(guild_ids),
            col(GuildReconciliation.state) != ReconciliationState.SETTLED,
        )
        async with self.reading() as session:
            return set((await session.execute(statement)).scalars())

    async def keep(self, guild_id: int, vanished: Sequence[Reference]) -> bool:
        """Keep what a check found, which may be nothing; True if it is news, which a log channel is told."""

        async def keep(work: UnitOfWork) -> bool:
            # A first report has no row that could be locked, and two checks may end at the same time.
            if await work.session.get(Guild, guild_id, with_for_update={"key_share": True}) is None:
                return False
            report = await work.session.get(GuildReconciliation, guild_id, with_for_update=True)
            before = rules.of_rows(report.things) if report is not None else None
            verdict = rules.verdict(before, report.state if report is not None else None, vanished)
            if verdict.state is None:
                return False
            if report is None:
                report = GuildReconciliation(guild_id=guild_id)
                work.session.add(report)
            report.found_at, report.state = utcnow(), verdict.state
            report.vanished = {"things": rules.as_rows(vanished)}
            if verdict.is_news:
                lasting = len(rules.repairable(vanished))
                await self.audit(work, AuditRecord("setup.vanished", guild_id, details={"vanished": lasting}))
                await self.services.get(Outbox).promise(work, TELL_VANISHED, {}, guild_id=guild_id)
            return verdict.is_news

        is_news = await self.run(SYSTEM, keep)
        if is_news:
            log.warning("settings_lead_nowhere", guild_id=guild_id, vanished=rules.as_rows(vanished))
        return is_news

    async def report(self, caller: Caller, guild_id: int) -> GuildReconciliation | None:
        """Return the last report of things that vanished, or None if nothing ever did.

        Raises:
            PermissionDenied: the caller may not see the server's settings.
        """
        if not may_read_settings(caller, guild_id):
            raise PermissionDenied(_("You may not see this server's settings."), hint=_("Ask for Manage Server."))
        async with self.reading() as session:
            return await session.get(GuildReconciliation, guild_id)

    async def repair(self, caller: Caller, guild_id: int) -> int:
        """Take out of the server's data what vanished, and return how many parts of it changed.

        Raises:
            PermissionDenied: the caller may not manage the server.
            NothingToRepair: nothing vanished, or it was repaired already.
        """
        require_may(caller, guild_id)

        async def repair(work: UnitOfWork) -> int:
            report = await _open_report(work, guild_id)
            gone = dict.fromkeys((it.id for it in rules.repairable(rules.of_rows(report.things))), None)
            changed = 0
            for section in self._sections.values():
                data = await _read(section, work.session, guild_id)
                mapped = section.mapped(data, gone) if data is not None else None
                if mapped != data:
                    await section.write(work, guild_id, mapped, "It spoke of what is gone.")
                    changed += 1
            report.state = ReconciliationState.SETTLED
            await self.audit(work, AuditRecord("setup.repair", guild_id, details={"removed": [*map(str, gone)]}))
            return changed

        # What is gone gives nobody anything, so nothing is given or taken: the rights to do that are not asked for.
        return await self.services.get(GuildController).change(replace(caller, is_system=True), guild_id, repair)

    async def dismiss(self, caller: Caller, guild_id: int) -> None:
        """Leave things as they are; nobody is told of them again.

        Raises:
            PermissionDenied: the caller may not manage the server.
            NothingToRepair: no report is open.
        """
        require_may(caller, guild_id)

        async def dismiss(work: UnitOfWork) -> None:
            (await _open_report(work, guild_id)).state = ReconciliationState.DISMISSED
            await self.audit(work, AuditRecord("setup.dismiss", guild_id))

        await self.run(caller, dismiss)


async def _read(section: Section, session: AsyncSession, guild_id: int) -> Any | None:
    """Return the section's data, or None where it cannot be read: one section must not hide what others say."""
    try:
        return section.check(await section.read(session, guild_id), section.version)
    except GuildbaseError as error:
        log.warning("section_not_read", guild_id=guild_id, section=section.name, reason=error.message)
        return None


async def _open_report(work: UnitOfWork, guild_id: int) -> GuildReconciliation:
    report = await work.session.get(GuildReconciliation, guild_id, with_for_update=True)
    if report is None or report.state is ReconciliationState.SETTLED:
        raise NothingToRepair
    return report


def require_may(caller: Caller, guild_id: int) -> None:
    """Raise PermissionDenied if the caller may not manage the server."""
    if not may_configure(caller, guild_id):
        raise PermissionDenied(_("You may not change this server's settings."), hint=_("Ask for Manage Server."))
