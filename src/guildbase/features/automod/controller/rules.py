"""Keeps a guild's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import Conflict, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.automod import rules
from guildbase.features.automod.document import RuleInput, read_input, written
from guildbase.features.automod.kinds import MAX_NUMBER, SYNC, ListKind, Preset
from guildbase.features.automod.models import AutomodList, AutomodRule
from guildbase.features.automod.presets import preset_rule
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

COUNTER = "automod_rule"


@dataclass(frozen=True, slots=True)
class MadeRule:
    """The number of the rule that was made, which is all that a repeated request has to be told again."""

    number: int


class RuleNotFound(NotFound):
    """The guild has no rule of this number."""

    code = "automod_rule_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("There is no rule #{number} here.", number=number),
            hint=_("`/automod rule list` lists the rules of this server."),
        )


class RuleController(BaseController):
    """Makes, changes and reads rules; all processes go by a change at once."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._guilds = services.get(GuildController)
        self._outbox = services.get(Outbox)

    async def create(
        self, caller: Caller, guild_id: int, data: Any, *, key: IdempotencyKey | None = None
    ) -> AutomodRule:
        """Make a rule of the data, once for each key.

        Raises:
            PermissionDenied: the caller may not manage the server.
            InvalidInput: the data says no rule.
            Conflict: the guild has as many rules or patterns as it may.
        """
        rules.require_manager(caller, guild_id)
        wanted = read_input(data)

        async def create(work: UnitOfWork) -> MadeRule:
            return MadeRule((await self.add(work, guild_id, wanted)).number)

        made = await self._guilds.change(caller, guild_id, create, key=key, answer=MadeRule)
        async with self.reading() as session:
            return await require_rule(session, guild_id, made.number)

    async def add(self, work: UnitOfWork, guild_id: int, wanted: RuleInput) -> AutomodRule:
        """Make the checked rule within `GuildController.change`; Conflict if there is no room for it."""
        quota = await self._quota(guild_id)
        if await AutomodRule.count(work.session, guild_id=guild_id) >= quota.rules:
            raise Conflict(
                _("This server has {most} rules already.", most=quota.rules),
                hint=_("Delete some, or put words into a list that one rule names."),
            )
        number = await self._guilds.next_number(work, guild_id, COUNTER)
        row = AutomodRule(guild_id=guild_id, number=number, **_columns(wanted))
        work.session.add(row)
        await self._settle(work, row, "create", None)
        return row

    async def replace(self, caller: Caller, guild_id: int, number: int, data: Any) -> AutomodRule:
        """Make the rule what the data says, all of it.

        Raises:
            PermissionDenied: the caller may not manage the server.
            RuleNotFound: there is no such rule.
            InvalidInput: the data says no rule.
            Conflict: the guild has as many patterns as it may.
        """
        return await self._edit(caller, guild_id, number, lambda _row: read_input(data))

    async def change(self, caller: Caller, guild_id: int, number: int, changes: Mapping[str, Any]) -> AutomodRule:
        """Change some of the rule: fields beside the document, and fields of the document by their names.

        Raises: as `replace`.
        """

        def changed(row: AutomodRule) -> RuleInput:
            kept = given(row)
            beside = {name: value for name, value in changes.items() if name in kept}
            inside = {name: value for name, value in changes.items() if name not in kept}
            return read_input(kept | {"document": kept["document"] | inside} | beside)

        return await self._edit(caller, guild_id, number, changed)

    async def _edit(self, caller: Caller, guild_id: int, number: int, wanted: Any) -> AutomodRule:
        rules.require_manager(caller, guild_id)

        async def edit(work: UnitOfWork) -> AutomodRule:
            row = await require_rule(work.session, guild_id, number)
            await self.put(work, row, wanted(row))
            return row

        return await self._guilds.change(caller, guild_id, edit)

    async def put(self, work: UnitOfWork, row: AutomodRule, wanted: RuleInput) -> None:
        """Make the row what the checked rule says, within `GuildController.change`."""
        before = given(row)
        row.assign(_columns(wanted))
        if given(row) != before:
            await self._settle(work, row, "change", before)

    async def delete(self, caller: Caller, guild_id: int, number: int) -> AutomodRule:
        """Delete the rule; what was written down of it stays.

        Raises:
            PermissionDenied: the caller may not manage the server.
            RuleNotFound: there is no such rule.
        """
        rules.require_manager(caller, guild_id)

        async def delete(work: UnitOfWork) -> AutomodRule:
            row = await require_rule(work.session, guild_id, number)
            await self.remove(work, row)
            return row

        return await self._guilds.change(caller, guild_id, delete)

    async def remove(self, work: UnitOfWork, row: AutomodRule) -> None:
        """Delete the row, within `GuildController.change`."""
        await work.session.delete(row)
        await work.session.flush()
        await self._audit(work, row, "delete", given(row), None)
        await self._promise_sync(work, row)

    async def add_preset(
        self,
        caller: Caller,
        guild_id: int,
        preset: Preset,
        *,
        is_dry_run: bool = False,
        key: IdempotencyKey | None = None,
    ) -> AutomodRule:
        """Make the rule of a preset, once for each key.

        Raises: as `create`.
        """
        return await self.create(caller, guild_id, preset_rule(preset) | {"is_dry_run": is_dry_run}, key=key)

    async def list(self, caller: Caller, guild_id: int) -> Sequence[AutomodRule]:
        """Return all rules in their order; PermissionDenied to who is no moderator here."""
        rules.require_reader(caller, guild_id)
        async with self.reading() as session:
            return await rules_of(session, guild_id)

    async def get(self, caller: Caller, guild_id: int, number: int) -> AutomodRule:
        """Return one rule.

        Raises:
            PermissionDenied: the caller is no moderator here.
            RuleNotFound: there is no such rule.
        """
        rules.require_reader(caller, guild_id)
        async with self.reading() as session:
            return await require_rule(session, guild_id, number)

    async def by_native(self, guild_id: int, native_id: int) -> AutomodRule | None:
        """Return the rule that this one of Discord's own AutoMod stands for, if there is one."""
        async with self.reading() as session:
            return await AutomodRule.get(session, guild_id=guild_id, native_id=native_id)

    async def keep_native(self, caller: Caller, guild_id: int, number: int, native_id: int | None) -> None:
        """Keep which rule of Discord's own AutoMod stands for this one; nothing happens if it is gone."""

        async def keep(work: UnitOfWork) -> None:
            row = await AutomodRule.get_by_id(work.session, (guild_id, number))
            if row is not None and row.native_id != native_id:
                await row.update(work.session, native_id=native_id)

        await self._guilds.change(caller, guild_id, keep)

    async def sync_again(self, caller: Caller, guild_id: int, native_id: int | None = None) -> int:
        """Promise to bring the guild's rules into Discord's own AutoMod again, or the one that is kept as this."""
        statement = select(AutomodRule).where(col(AutomodRule.guild_id) == guild_id, col(AutomodRule.is_native))
        if native_id is not None:
            statement = statement.where(col(AutomodRule.native_id) == native_id)

        async def sync(work: UnitOfWork) -> int:
            found = (await work.session.execute(statement)).scalars().all()
            for row in found:
                await self._promise_sync(work, row)
            return len(found)

        return await self.run(caller, sync)

    async def guilds_with_native(self) -> Sequence[int]:
        """Return the guilds that have rules in Discord's own AutoMod."""
        statement = select(col(AutomodRule.guild_id)).where(col(AutomodRule.is_native)).distinct()
        async with self.reading() as session:
            return (await session.execute(statement)).scalars().all()

    async def _settle(self, work: UnitOfWork, row: AutomodRule, verb: str, before: dict[str, Any] | None) -> None:
        await work.session.flush()
        await require_room(work.session, row.guild_id, await self._quota(row.guild_id))
        await self._audit(work, row, verb, before, given(row))
        await self._promise_sync(work, row)

    async def _promise_sync(self, work: UnitOfWork, row: AutomodRule) -> None:
        if row.is_native or row.native_id is not None:
            payload = {"number": row.number, "native_id": row.native_id}
            await self._outbox.promise(work, SYNC, payload, guild_id=row.guild_id)

    async def _audit(
        self, work: UnitOfWork, row: AutomodRule, verb: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        details = {"rule": row.number, "before": before, "after": after}
        await self.audit(work, AuditRecord(f"automod.{verb}", row.guild_id, "automod_rule", None, "", details))

    async def _quota(self, guild_id: int) -> rules.Quota:
        return rules.quota((await self._guilds.load(guild_id)).tier)


def given(row: AutomodRule) -> dict[str, Any]:
    """Return what the rule says, as `create` takes it."""
    return {
        "name": row.name,
        "priority": row.priority,
        "is_active": row.is_active,
        "is_dry_run": row.is_dry_run,
        "is_native": row.is_native,
        "document": row.document,
    }


async def rules_of(session: AsyncSession, guild_id: int) -> Sequence[AutomodRule]:
    """Return the guild's rules in their order."""
    statement = select(AutomodRule).where(col(AutomodRule.guild_id) == guild_id)
    in_order = statement.order_by(col(AutomodRule.priority), col(AutomodRule.number))
    return (await session.execute(in_order)).scalars().all()


async def require_rule(session: AsyncSession, guild_id: int, number: int) -> AutomodRule:
    """Return the rule; RuleNotFound if there is none."""
    row = await AutomodRule.get_by_id(session, (guild_id, number)) if 0 < number <= MAX_NUMBER else None
    if row is None:
        raise RuleNotFound(number)
    return row


_LINES = func.length(AutomodList.entries) - func.length(func.replace(AutomodList.entries, "\n", "")) + 1


async def _indexed(session: AsyncSession, guild_id: int) -> int:
    """Return how many entries of lists the guild's rules look for, together."""
    named = col(AutomodRule.document)["trigger"]["list"].as_string()
    both = (col(AutomodRule.guild_id) == guild_id, col(AutomodList.guild_id) == guild_id, named == AutomodList.name)
    return int((await session.execute(select(func.coalesce(func.sum(_LINES), 0)).where(*both))).scalar_one())


async def require_room(session: AsyncSession, guild_id: int, quota: rules.Quota) -> None:
    """Return if the guild has no more patterns than it may; Conflict if it has."""
    of_guild = (
        col(AutomodRule.guild_id) == guild_id,
        col(AutomodRule.document)["trigger"]["type"].as_string() == "regex",
    )
    documents = (await session.execute(select(col(AutomodRule.document)).where(*of_guild))).scalars()
    count = sum(len(document["trigger"]["patterns"]) for document in documents)
    in_lists = select(func.coalesce(func.sum(_LINES), 0)).where(
        col(AutomodList.guild_id) == guild_id, col(AutomodList.kind) == ListKind.REGEX, col(AutomodList.entries) != ""
    )
    count += int((await session.execute(in_lists)).scalar_one())
    if (indexed := await _indexed(session, guild_id)) > quota.indexed:
        raise Conflict(
            _("The rules would look for {count} entries of lists, and {most} are allowed.",
              count=indexed, most=quota.indexed),
            hint=_("Have fewer rules name the same list."),
        )  # fmt: skip
    if count > quota.patterns:
        raise Conflict(
            _("This server may have {most} patterns, and would have {count}.", most=quota.patterns, count=count),
            hint=_("Join some with `|`, or look for words instead."),
        )


def _columns(wanted: RuleInput) -> dict[str, Any]:
    beside = wanted.model_dump(exclude={"document"})
    return beside | {"document": written(wanted.document)}
