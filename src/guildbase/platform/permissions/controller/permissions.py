"""Makes, changes and removes the rules of guilds; reads them and the log of checks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller, CommandUse, GuildSnapshots
from guildbase.core.registry import FeatureRegistry
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.permissions import rules
from guildbase.platform.permissions.controller.gate import PermissionGate
from guildbase.platform.permissions.models import Access, GuildPermission, PermissionCheck, Scope, Subject
from guildbase.platform.permissions.rules import Demand, Explanation, NewRule, PermissionRules, Rule
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.write_behind.service import WriteBehind

MAX_RULES = 2000
"""Rules that a guild may have."""
MAX_NUMBER = 2**31 - 1
COUNTER = "guild_permission"
T = TypeVar("T")


class RuleNotFound(NotFound):
    """The guild has no rule of this number."""

    code = "rule_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("There is no rule #{number} here.", number=number),
            hint=_("`/permissions list` shows the rules of this server."),
        )


class LockedOut(Conflict):
    """The change would take the permissions from whoever makes it."""

    code = "locked_out"

    def __init__(self) -> None:
        super().__init__(
            _("After this you could not use `/{command}` any more, so nothing was changed.", command=rules.UNDO),
            hint=_("Allow it to yourself or your role first, or ask the server's owner, whom no rule stops."),
        )


@dataclass(frozen=True, slots=True)
class SetRules:
    """What was written."""

    rule: GuildPermission
    is_new: bool
    """False if the guild had a rule about the same, which is another now."""
    for_all_others: GuildPermission | None = None
    """The rule that refuses the same to the whole guild, if that was wanted, too."""


class PermissionController(BaseController):
    """The business logic of rules."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._guilds = services.get(GuildController)

    async def set(self, caller: Caller, guild_id: int, new: NewRule, *, only: bool = False) -> SetRules:
        """Make the rule, or change the one about the same; with `only` all others in the guild are denied it, too.

        Raises:
            PermissionDenied: the caller may not change rules here, or not make this one.
            InvalidInput: something is wrong with the rule; `problems` says all of it.
            Conflict: the guild has too many rules, or the caller would lock themself out.
        """
        new = rules.normal(new, guild_id)
        if refused := rules.refusal(caller, guild_id, new):
            raise PermissionDenied(refused)
        self._check(new, guild_id, only=only)
        return await self._change(caller, guild_id, partial(self._set, guild_id=guild_id, new=new, only=only))

    async def remove(self, caller: Caller, guild_id: int, number: int) -> GuildPermission:
        """Remove the rule and return what it was.

        Raises:
            PermissionDenied: the caller may not change rules here.
            RuleNotFound: there is no such rule.
            Conflict: the caller would lock themself out.
        """

        async def remove(work: UnitOfWork) -> GuildPermission:
            row = await _require(work.session, guild_id, number)
            await self.erase(work, [row], "")
            return row

        return await self._change(caller, guild_id, remove)

    async def expire(
        self,
        caller: Caller,
        guild_id: int,
        number: int,
        expires_at: datetime | None,
        *,
        demands_of: Callable[[Scope, str], tuple[Demand, ...]] | None = None,
    ) -> GuildPermission:
        """Let the rule end at this moment, or never; `demands_of` tells what the commands of a rule ask for.

        Raises:
            PermissionDenied: the caller may not change rules here, or not allow for longer what this one allows.
            InvalidInput: the moment is over already.
            RuleNotFound: there is no such rule.
        """
        if expires_at is not None and expires_at <= utcnow():
            raise InvalidInput(
                _("The end must be in the future."), hint=_("`/permissions remove` ends a rule now."),
                problems={"expires_at": _("The end must be in the future.")},
            )  # fmt: skip

        async def expire(work: UnitOfWork) -> GuildPermission:
            row = await _require(work.session, guild_id, number)
            before, is_longer = described(row), _ends(row.expires_at) < _ends(expires_at)
            demands = demands_of(row.scope, row.target) if demands_of is not None else None
            again = NewRule(row.subject_kind, row.subject_id, row.scope, row.target, row.access, demands=demands)
            if row.access is Access.ALLOW and is_longer and (refused := rules.refusal(caller, guild_id, again)):
                raise PermissionDenied(refused)
            await row.update(work.session, expires_at=expires_at)
            await self._audit(work, "expire", row, "", before=before, after=described(row))
            return row

        return await self._change(caller, guild_id, expire)

    async def list_rules(
        self,
        caller: Caller,
        guild_id: int,
        *,
        subject_id: int | None = None,
        target: str | None = None,
        after: int = 0,
        limit: int = 20,
    ) -> list[GuildPermission]:
        """Return rules of the guild with numbers above `after`, also those that ran out, lowest number first.

        Raises:
            PermissionDenied: the caller may not see them.
        """
        rules.require_reader(caller, guild_id)
        conditions = [
            col(GuildPermission.guild_id) == guild_id, col(GuildPermission.number) > min(after, MAX_NUMBER)
        ]  # fmt: skip
        if subject_id is not None:
            conditions.append(col(GuildPermission.subject_id) == subject_id)
        if target is not None:
            conditions.append(col(GuildPermission.target) == target)
        async with self.reading() as session:
            by_number = (col(GuildPermission.number),)
            return await GuildPermission.get_multi(session, *conditions, order_by=by_number, limit=limit)

    async def explain(self, caller: Caller, guild_id: int, use: CommandUse) -> Explanation:
        """Return what becomes of the use in the guild, and why: everybody may ask about themself.

        Raises:
            PermissionDenied: the caller may not see what holds for others.
        """
        if caller.user_id != use.user_id or caller.guild_id != guild_id:
            rules.require_reader(caller, guild_id)
        snapshots = self.services.get(GuildSnapshots)
        snapshot = snapshots.peek(guild_id) or await snapshots.load(guild_id)
        return self.services.get(PermissionGate).explain(use, snapshot)

    async def checks(
        self, caller: Caller, guild_id: int, *, user_id: int | None = None, before: UUID | None = None, limit: int = 20
    ) -> list[PermissionCheck]:
        """Return the checks that were written down, newest first; of other processes the last seconds are missing.

        Raises:
            PermissionDenied: the caller may not see them.
        """
        rules.require_reader(caller, guild_id)
        await self.services.get(WriteBehind).flush()
        newest_first = col(PermissionCheck.check_id).desc()
        statement = select(PermissionCheck).where(col(PermissionCheck.guild_id) == guild_id)
        if user_id is not None:
            statement = statement.where(col(PermissionCheck.user_id) == user_id)
        if before is not None:
            statement = statement.where(col(PermissionCheck.check_id) < before)
        async with self.reading() as session:
            return list((await session.execute(statement.order_by(newest_first).limit(limit))).scalars())

    def _check(self, new: NewRule, guild_id: int, *, only: bool) -> None:
        features = self.services.get(FeatureRegistry).features
        found = rules.problems(new, guild_id, features, utcnow())
        if only and (new.access is not Access.ALLOW or new.subject is Subject.GUILD):
            found["only"] = _("Only an allowance of somebody or some place can be the only one.")
        if found:
            raise InvalidInput(" ".join(found.values()), problems=found)

    async def _change(self, caller: Caller, guild_id: int, action: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Do the action with the guild's rules, unless it locks the caller out."""
        rules.require_manager(caller, guild_id)

        async def change(work: UnitOfWork) -> T:
            before = await rules_of(work.session, guild_id)
            result = await action(work)
            require_way_back(before, await rules_of(work.session, guild_id), caller, guild_id)
            return result

        return await self._guilds.change(caller, guild_id, change)

    async def _set(self, work: UnitOfWork, *, guild_id: int, new: NewRule, only: bool) -> SetRules:
        for_all_others = None
        if only:
            everyone = replace(new, subject=Subject.GUILD, subject_id=guild_id, access=Access.DENY, expires_at=None)
            for_all_others, _is_new = await self.write(work, guild_id, everyone)
        row, is_new = await self.write(work, guild_id, new)
        return SetRules(row, is_new, for_all_others)

    async def write(self, work: UnitOfWork, guild_id: int, new: NewRule) -> tuple[GuildPermission, bool]:
        """Make the checked rule, or change the one about the same, within the transaction; tell whether it is new.

        Raises:
            Conflict: the guild has too many rules.
        """
        row = await GuildPermission.get(
            work.session, guild_id=guild_id, subject_kind=new.subject, subject_id=new.subject_id,
            scope=new.scope, target=new.target,
        )  # fmt: skip
        if row is None and await GuildPermission.count(work.session, guild_id=guild_id) >= MAX_RULES:
            raise Conflict(
                _("This server has {most} rules already.", most=MAX_RULES), hint=_("Remove some that it does not need.")
            )
        [written] = await self.write_all(work, guild_id, [(new, row)])
        return written, row is None

    async def write_all(
        self, work: UnitOfWork, guild_id: int, wanted: Sequence[tuple[NewRule, GuildPermission | None]]
    ) -> list[GuildPermission]:
        """Make the checked rules, or change the row that is given with one, with few statements for all."""
        count = sum(row is None for _new, row in wanted)
        last = await self._guilds.next_number(work, guild_id, COUNTER, count=count) if count else 0
        numbers = iter(range(last - count + 1, last + 1))
        written = [await self._put(work, guild_id, new, row, numbers) for new, row in wanted]
        await work.session.flush()
        return written

    async def _put(
        self, work: UnitOfWork, guild_id: int, new: NewRule, row: GuildPermission | None, numbers: Iterator[int]
    ) -> GuildPermission:
        """Put the rule into the session, which stores it with others."""
        said: dict[str, Any] = {"access": new.access, "expires_at": new.expires_at, "reason": new.reason}
        said["created_by_name"] = work.caller.name[:100]
        before = described(row) if row is not None else None
        if row is not None:
            row.assign(said)
        else:
            row = GuildPermission(
                guild_id=guild_id, number=next(numbers), subject_kind=new.subject, subject_id=new.subject_id,
                scope=new.scope, target=new.target, **said,
            )  # fmt: skip
            work.session.add(row)
        await self._audit(work, new.access.value, row, new.reason, before=before, after=described(row))
        return row

    async def erase(self, work: UnitOfWork, rows: Iterable[GuildPermission], reason: str) -> None:
        """Remove the rules within the transaction, for this reason."""
        for row in rows:
            await self._audit(work, "remove", row, reason, before=described(row), after=None)
            await work.session.delete(row)
        await work.session.flush()

    async def _audit(
        self,
        work: UnitOfWork,
        verb: str,
        row: GuildPermission,
        reason: str,
        *,
        before: dict[str, object] | None,
        after: dict[str, object] | None,
    ) -> None:
        details = {"rule": row.number, "before": before, "after": after}
        kind, subject_id = row.subject_kind.value, row.subject_id
        record = AuditRecord(f"permissions.{verb}", row.guild_id, kind, subject_id, reason, details)
        await self.audit(work, record)


def described(row: GuildPermission) -> dict[str, object]:
    """Return what the rule says, for audit and export."""
    return {
        "subject": f"{row.subject_kind.value}:{row.subject_id}",
        "target": f"{row.scope.value}:{row.target}",
        "access": row.access.value,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "reason": row.reason,
    }


def require_way_back(before: PermissionRules, after: PermissionRules, caller: Caller, guild_id: int) -> None:
    """Return unless the caller could take rules back before and could not any more.

    Raises:
        LockedOut: that is so.
    """
    if rules.keeps_access(before, caller, guild_id) and not rules.keeps_access(after, caller, guild_id):
        raise LockedOut


async def rules_of(session: AsyncSession, guild_id: int) -> PermissionRules:
    """Return the rules as the transaction sees them."""
    rows = (await session.execute(select(GuildPermission).where(col(GuildPermission.guild_id) == guild_id))).scalars()
    return PermissionRules(
        Rule(row.number, row.subject_kind, row.subject_id, (row.scope, row.target), row.access, row.expires_at)
        for row in rows
    )


def _ends(expires_at: datetime | None) -> datetime:
    return expires_at or datetime.max.replace(tzinfo=UTC)


async def _require(session: AsyncSession, guild_id: int, number: int) -> GuildPermission:
    is_possible = 0 < number <= MAX_NUMBER
    row = await GuildPermission.get_by_id(session, (guild_id, number)) if is_possible else None
    if row is None:
        raise RuleNotFound(number)
    return row
