"""Takes a server's whole configuration out as one JSON document, and in again, here or on another server."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

import guildbase
from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, GuildbaseError, NoReply, PermissionDenied
from guildbase.core.guild_sections import Refers
from guildbase.core.i18n import _
from guildbase.core.ports import ADMINISTRATOR, AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.configuration.controller.configuration import ConfigurationController
from guildbase.platform.configuration.controller.sections import (
    Section,
    guild_sections,
    problems_of,
    settings_section,
)
from guildbase.platform.configuration.export_document import FORMAT, MOST_PROBLEMS, VERSION, origin_of, refusal, written
from guildbase.platform.configuration.import_plan import Directory, ImportPlan, SectionPlan, diff, resolve
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.live import LiveGuildController
from guildbase.platform.guilds.models import LEVELS
from guildbase.platform.guilds.rules import may_configure
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey


class ServerChanged(Conflict):
    """The import would do something else than the plan said."""

    code = "server_changed"


@dataclass(frozen=True, slots=True)
class Imported:
    """The short form of an import, which can be stored and given again."""

    changes: int
    left_out: dict[str, str]
    """What was not taken in, by its place in the export, each with the reason."""


class TransferController(BaseController):
    """Export, the plan of an import, and the import itself, which does what the plan says or nothing."""

    async def directory(self, caller: Caller, guild_id: int) -> Directory | None:
        """Return the server's roles and channels as the bot sees them; None if no bot answers now."""
        try:
            return Directory.of(await self.services.get(LiveGuildController).get(caller, guild_id))
        except NoReply:
            return None

    async def export(self, caller: Caller, guild_id: int, directory: Directory | None = None) -> dict[str, Any]:
        """Return all that is configured in the server; the directory tells names, by which others understand its ids.

        Raises:
            PermissionDenied: the caller may not manage the server.
            GuildNotFound: the bot does not know the server.
            Unreadable: some settings are of a newer bot.
        """
        _require_right(caller, guild_id)
        await self.services.get(GuildController).require(guild_id)

        async def export(work: UnitOfWork) -> dict[str, Any]:
            await self.audit(work, AuditRecord("configuration.export", guild_id))
            return await self._export(work.session, guild_id, directory or Directory({}))

        return await self.run(caller, export)

    async def plan(
        self,
        caller: Caller,
        guild_id: int,
        document: Any,
        directory: Directory | None = None,
        *,
        leave_out: bool = False,
        only: Collection[str] | None = None,
    ) -> ImportPlan:
        """Return what an import of the document, or `only` of these sections, would do; nothing is done.

        With `leave_out`, what cannot be taken in is left out, and not a reason to refuse the whole.

        Raises:
            PermissionDenied: the caller may not manage the server.
            InvalidInput: the document is no export, or wrong; `problems` tells all that is.
        """
        _require_right(caller, guild_id)
        await self.services.get(GuildController).require(guild_id)
        async with self.reading() as session:
            return await self._plan(session, caller, guild_id, document, directory, leave_out=leave_out, only=only)

    async def apply(
        self,
        caller: Caller,
        guild_id: int,
        document: Any,
        directory: Directory | None = None,
        *,
        leave_out: bool = False,
        only: Collection[str] | None = None,
        fingerprint: str | None = None,
        reason: str = "",
        key: IdempotencyKey | None = None,
    ) -> Imported:
        """Do what the plan says, in one transaction; with its fingerprint, do that and nothing else.

        Raises:
            ServerChanged: the server changed since the plan was made.
            InvalidInput: something cannot be taken in; `problems` tells all of it. Also what `plan` raises.
        """
        _require_right(caller, guild_id)

        async def apply(work: UnitOfWork) -> Imported:
            plan = await self._plan(work.session, caller, guild_id, document, directory, leave_out=leave_out, only=only)
            if fingerprint is not None and fingerprint != plan.fingerprint:
                raise ServerChanged(
                    _("The server's configuration changed since you looked at what the import does."),
                    hint=_("Look at it again; nothing was changed."),
                )
            if plan.is_refused:
                raise refusal(
                    plan.obstacles, hint=_("Nothing was changed. You can leave these out and import the rest.")
                )
            await self._write(work, plan, reason)
            return Imported(len(plan.changes), dict(plan.obstacles))

        return await self.services.get(GuildController).change(caller, guild_id, apply, key=key, answer=Imported)

    async def _export(self, session: AsyncSession, guild_id: int, directory: Directory) -> dict[str, Any]:
        sections, names = dict[str, Any](), dict[Refers, dict[str, Any]]({Refers.ROLE: {}, Refers.CHANNEL: {}})
        for section in guild_sections(self.services).values():
            data = await section.read(session, guild_id)
            sections[section.name] = {"version": section.version, "data": data}
            for reference in section.references(data):
                if named := directory.names.get((reference.refers, reference.id)):
                    names[reference.refers][str(reference.id)] = written(named)
        stored = await self.services.get(ConfigurationController).stored(session, guild_id)
        for feature, (shape, settings) in stored.items():
            # Of features that are not loaded now.
            sections.setdefault(settings_section(feature), {"version": shape, "data": dict(settings)})
        return {
            "format": FORMAT,
            "version": VERSION,
            "guildbase": guildbase.__version__,
            "guild_id": str(guild_id),
            "made_at": utcnow().isoformat(timespec="seconds"),
            "roles": names[Refers.ROLE],
            "channels": names[Refers.CHANNEL],
            "sections": sections,
        }

    async def _plan(
        self,
        session: AsyncSession,
        caller: Caller,
        guild_id: int,
        document: Any,
        directory: Directory | None,
        *,
        leave_out: bool,
        only: Collection[str] | None,
    ) -> ImportPlan:
        origin = origin_of(document)
        given = {name: it for name, it in document["sections"].items() if only is None or name in only}
        known = guild_sections(self.services)
        obstacles = {name[:200]: _("no feature here knows it") for name in given if name not in known}
        checked, problems = _checked(known, given)
        if problems:
            raise refusal(problems)
        references = (reference for name, data in checked.items() for reference in known[name].references(data))
        ids, replaced, missing = resolve(references, origin, guild_id, directory)
        plans = []
        for name, data in checked.items():
            section = known[name]
            wanted = section.mapped(data, ids)
            changes = tuple(diff(await section.read(session, guild_id), wanted, name))
            if changes and section.gives_rights and not _may_give_rights(caller, guild_id):
                obstacles[name] = _("only the server's owner and administrators may import it")
            else:
                plans.append(SectionPlan(name, wanted, changes))
        return ImportPlan(guild_id, tuple(plans), tuple(replaced), obstacles | missing, leave_out)

    async def _write(self, work: UnitOfWork, plan: ImportPlan, reason: str) -> None:
        known = guild_sections(self.services)
        for section in plan.sections:
            if section.changes:
                await known[section.name].write(work, plan.guild_id, section.data, reason)
        counts = {section.name: len(section.changes) for section in plan.sections if section.changes}
        details = {"changes": counts, "left_out": sorted(plan.obstacles)[:MOST_PROBLEMS]}
        await self.audit(work, AuditRecord("configuration.import", plan.guild_id, reason=reason, details=details))


def _checked(known: Mapping[str, Section], given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the data of each known section, and all that is wrong with any."""
    checked, problems = dict[str, Any](), dict[str, str]()
    for name, section in known.items():
        if name not in given:
            continue
        written = given[name]
        version = written.get("version") if isinstance(written, dict) else None
        if type(version) is not int or version < 1 or written.keys() != {"version", "data"}:
            problems[name] = _("it is no object of `version` and `data`")
        elif version > section.version:
            problems[name] = _("it was written by a newer version of the bot")
        else:
            try:
                checked[name] = section.check(written["data"], version)
            except GuildbaseError as error:
                problems |= problems_of(error, name)
    return checked, problems


def _may_give_rights(caller: Caller, guild_id: int) -> bool:
    return caller.may(guild_id, permissions=ADMINISTRATOR, level=len(LEVELS))


def _require_right(caller: Caller, guild_id: int) -> None:
    if not may_configure(caller, guild_id):
        raise PermissionDenied(_("You may not change this server's settings."), hint=_("Ask for Manage Server."))
