"""Keeps the named lists of words, domains and patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import func, select
from sqlmodel import col

from guildbase.core.errors import Conflict, InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.automod import rules
from guildbase.features.automod.controller.rules import require_room
from guildbase.features.automod.engine import text
from guildbase.features.automod.engine.patterns import pattern_problem
from guildbase.features.automod.kinds import MAX_ENTRY, MAX_LIST_TEXT, MAX_NAME, MAX_PATTERN, ListKind
from guildbase.features.automod.models import AutomodList
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController


class ListNotFound(NotFound):
    """The guild has no list of this name."""

    code = "automod_list_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("There is no list `{name}` here.", name=name[:MAX_NAME]),
            hint=_("`/automod list show` lists them, `/automod list add` makes one."),
        )


class ListController(BaseController):
    """Makes, fills and reads lists; all processes go by a change at once."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._guilds = services.get(GuildController)

    async def add(self, caller: Caller, guild_id: int, name: str, kind: ListKind, entries: Iterable[str]) -> int:
        """Put the entries into the list, which is made if it is not there; return how many are new.

        Raises:
            PermissionDenied: the caller may not manage the server.
            InvalidInput: the name or an entry is wrong, or nothing is given.
            Conflict: the list is of another kind, or the guild has as much as it may.
        """
        rules.require_manager(caller, guild_id)
        wanted = checked(kind, entries)
        require_name(name)

        async def add(work: UnitOfWork) -> int:
            row = await AutomodList.get_by_id(work.session, (guild_id, name))
            if row is not None and row.kind is not kind:
                raise Conflict(_("The list `{name}` holds {kind}.", name=name, kind=row.kind.value))
            known = row.entries.splitlines() if row is not None else []
            new = [entry for entry in wanted if entry not in set(known)]
            if new:
                await self.write(work, guild_id, name, kind, [*known, *new])
            return len(new)

        return await self._guilds.change(caller, guild_id, add)

    async def replace(self, caller: Caller, guild_id: int, name: str, kind: ListKind, entries: Iterable[str]) -> None:
        """Make the list hold exactly these entries; it is made if it is not there.

        Raises: as `add`, but a list may become one of another kind.
        """
        rules.require_manager(caller, guild_id)
        wanted = checked(kind, entries)
        require_name(name)

        async def replace(work: UnitOfWork) -> None:
            await self.write(work, guild_id, name, kind, wanted)

        await self._guilds.change(caller, guild_id, replace)

    async def write(self, work: UnitOfWork, guild_id: int, name: str, kind: ListKind, entries: Sequence[str]) -> None:
        """Make the list these checked entries, within `GuildController.change`.

        Raises:
            Conflict: the guild has as much as it may.
        """
        row = await AutomodList.get_by_id(work.session, (guild_id, name))
        if row is None:
            row = AutomodList(guild_id=guild_id, name=name, kind=kind)
            work.session.add(row)
        joined = "\n".join(entries)
        if len(joined) > MAX_LIST_TEXT:
            raise Conflict(_("A list has at most {most} characters.", most=MAX_LIST_TEXT), hint=_("Make a second one."))
        row.assign({"kind": kind, "entries": joined})
        await work.session.flush()
        await self._require_room(work, guild_id)
        await self._audit(work, guild_id, "list", name, len(entries))

    async def remove(self, caller: Caller, guild_id: int, name: str, entries: Iterable[str]) -> int:
        """Take entries out of the list; return how many were in it.

        Raises:
            PermissionDenied: the caller may not manage the server.
            ListNotFound: there is no such list.
        """

        def without(row: AutomodList) -> list[str]:
            gone = {_form(row.kind, entry) for entry in entries}
            return [entry for entry in row.entries.splitlines() if entry not in gone]

        return await self._shrink(caller, guild_id, name, without)

    async def drop(self, caller: Caller, guild_id: int, name: str) -> int:
        """Delete the whole list; return how many entries it had.

        Raises: as `remove`.
        """
        return await self._shrink(caller, guild_id, name, lambda _row: None)

    async def _shrink(
        self, caller: Caller, guild_id: int, name: str, rest_of: Callable[[AutomodList], list[str] | None]
    ) -> int:
        rules.require_manager(caller, guild_id)

        async def shrink(work: UnitOfWork) -> int:
            row = await AutomodList.get_by_id(work.session, (guild_id, name[:MAX_NAME]))
            if row is None:
                raise ListNotFound(name)
            before, rest = len(row.entries.splitlines()), rest_of(row)
            if rest is None:
                await self.erase(work, row)
            else:
                await self.write(work, guild_id, name, row.kind, rest)
            return before - len(rest or ())

        return await self._guilds.change(caller, guild_id, shrink)

    async def erase(self, work: UnitOfWork, row: AutomodList) -> None:
        """Delete the row, within `GuildController.change`."""
        await work.session.delete(row)
        await work.session.flush()
        await self._audit(work, row.guild_id, "list_delete", row.name, 0)

    async def all(self, caller: Caller, guild_id: int) -> Sequence[AutomodList]:
        """Return the lists by name; PermissionDenied to who is no moderator here."""
        rules.require_reader(caller, guild_id)
        statement = select(AutomodList).where(col(AutomodList.guild_id) == guild_id).order_by(col(AutomodList.name))
        async with self.reading() as session:
            return (await session.execute(statement)).scalars().all()

    async def get(self, caller: Caller, guild_id: int, name: str) -> AutomodList:
        """Return one list.

        Raises:
            PermissionDenied: the caller is no moderator here.
            ListNotFound: there is no such list.
        """
        rules.require_reader(caller, guild_id)
        async with self.reading() as session:
            row = await AutomodList.get_by_id(session, (guild_id, name[:MAX_NAME]))
        if row is None:
            raise ListNotFound(name)
        return row

    async def _require_room(self, work: UnitOfWork, guild_id: int) -> None:
        quota = rules.quota((await self._guilds.load(guild_id)).tier)
        held = select(func.count(), func.sum(func.length(AutomodList.entries)))
        count, length = (await work.session.execute(held.where(col(AutomodList.guild_id) == guild_id))).one()
        if count > quota.lists or length > quota.list_text:
            raise Conflict(
                _("This server may have {lists} lists of {length} characters together.",
                  lists=quota.lists, length=quota.list_text),
                hint=_("Take out what it does not need."),
            )  # fmt: skip
        await require_room(work.session, guild_id, quota)

    async def _audit(self, work: UnitOfWork, guild_id: int, verb: str, name: str, count: int) -> None:
        details = {"list": name, "entries": count}
        await self.audit(work, AuditRecord(f"automod.{verb}", guild_id, "automod_list", None, "", details))


def require_name(name: str) -> None:
    """Return if a list may be called this; InvalidInput if not."""
    if not 0 < len(name) <= MAX_NAME or name != name.strip() or "\n" in name:
        raise InvalidInput(_("A list has a name of 1 to {most} characters.", most=MAX_NAME))


def checked(kind: ListKind, entries: Iterable[str]) -> list[str]:
    """Return the entries in the form in which they are kept, each once.

    Raises:
        InvalidInput: one is wrong, or there is none; `problems` says all that are wrong, by entry.
    """
    formed = [form for entry in entries if (form := _form(kind, entry))]
    problems = {entry[:100]: problem for entry in formed if (problem := _problem(kind, entry))}
    if problems:
        raise InvalidInput(" ".join(list(problems.values())[:5]), problems=problems)
    if not formed:
        raise InvalidInput(_("There is nothing to put into the list."), hint=_("Write one entry a line."))
    return list(dict.fromkeys(formed))


def _form(kind: ListKind, entry: str) -> str:
    bare = entry.strip()
    return text.domain(bare) if kind is ListKind.DOMAINS and bare else bare


def _problem(kind: ListKind, entry: str) -> str | None:
    longest = MAX_PATTERN if kind is ListKind.REGEX else MAX_ENTRY
    if len(entry) > longest:
        return _("`{entry}…` is longer than {most} characters.", entry=entry[:30], most=longest)
    if kind is ListKind.DOMAINS and ("." not in entry or " " in entry):
        return _("`{entry}` is no domain.", entry=entry[:60])
    return pattern_problem(entry) if kind is ListKind.REGEX else None
