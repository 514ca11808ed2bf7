"""Keeps what became of actions: what was done, what failed and what comes back then. For effects and jobs alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.ports import SYSTEM, AuditRecord
from guildbase.core.snowflake import is_pseudonym
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import queries, rules
from guildbase.features.moderation.controller import punishments
from guildbase.features.moderation.controller.actions import ActionController
from guildbase.features.moderation.controller.cases import require_case
from guildbase.features.moderation.controller.modlog import ModLogController
from guildbase.features.moderation.controller.punishments import Decision
from guildbase.features.moderation.events import CaseSettled
from guildbase.features.moderation.kinds import CaseState, NoticeState, PunishmentKind
from guildbase.features.moderation.models import MAX_FAILURE, CaseRole, ModerationCase, Punishment
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueWork

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """A case that is to be carried out."""

    case: ModerationCase
    user_id: int | None
    """Whom it is about; None if they had their data erased and nothing lasts that would have to be lifted."""


class OutcomeController(BaseController):
    """What effects read and write of cases."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._actions = services.get(ActionController)
        self._due = services.get(DueWork)

    async def order(self, guild_id: int, number: int) -> Order:
        """Return the case with whom it is about.

        Raises:
            CaseNotFound: there is no such case.
        """
        async with self.reading() as session:
            case = await require_case(session, guild_id, number)
            if not is_pseudonym(case.target_id):
                return Order(case, case.target_id)
            of_case = (col(Punishment.guild_id) == guild_id, col(Punishment.number) == number)
            lasting = (await session.execute(select(Punishment).where(*of_case))).scalar_one_or_none()
            return Order(case, lasting.user_id if lasting else None)

    async def decision(self, guild_id: int, user_id: int, kind: PunishmentKind) -> Decision | None:
        """Return what is to be on Discord for the person, or None if no case says anything."""
        async with self.reading() as session:
            return await punishments.decision(session, guild_id, user_id, kind)

    async def has_replaced(self, case: ModerationCase) -> bool:
        """Tell whether the case ended the punishment of another one."""
        older = (
            col(ModerationCase.guild_id) == case.guild_id,
            col(ModerationCase.target_id) == case.target_id,
            col(ModerationCase.ending_case) == case.number,
        )
        async with self.reading() as session:
            found = await session.execute(select(col(ModerationCase.number)).where(*older).limit(1))
            return found.first() is not None

    async def told(self, guild_id: int, number: int, notice: NoticeState) -> None:
        """Keep whether the person was told."""

        async def tell(_work: UnitOfWork, case: ModerationCase) -> None:
            case.notice = notice

        await self._change(guild_id, number, tell)

    async def settle(self, guild_id: int, number: int, *, was_done: bool, is_lifted: bool = True) -> None:
        """Keep that Discord is in line with the case; `was_done` is False if a later one came first.

        `is_lifted` is False if what is over still is to be lifted, once Discord can.
        """

        async def settle(work: UnitOfWork, case: ModerationCase) -> None:
            row = await punishments.locked_of(work.session, guild_id, number)
            if row is not None and row.is_lifting and is_lifted:
                await work.session.delete(row)
            if case.state is CaseState.OPEN:
                case.state = CaseState.CONFIRMED if was_done else CaseState.VOID
                await work.announce(CaseSettled(guild_id, number))
                await self.services.get(ModLogController).promise(work, guild_id, number)

        await self._change(guild_id, number, settle)

    async def fail(self, guild_id: int, number: int, reason: str) -> None:
        """Keep that it cannot be done, and why; what the case had replaced is in force again."""
        await self._change(guild_id, number, partial(self._fail, reason=reason[:MAX_FAILURE]))

    async def _fail(self, work: UnitOfWork, case: ModerationCase, *, reason: str) -> None:
        guild_id, number = case.guild_id, case.number
        row = await punishments.locked_of(work.session, guild_id, number)
        case.failure = reason
        was_over = case.state is CaseState.EXPIRED
        if was_over:  # It was in force, and only its end failed.
            case.state = CaseState.FAILED
        elif case.state is CaseState.OPEN:
            # What a later case has replaced is not needed any more, whatever Discord says of it.
            is_needed = row is not None or rules.plan_of(case.case_type).kind is None
            case.state = CaseState.FAILED if is_needed else CaseState.VOID
        if row is not None and case.state is CaseState.FAILED:
            await work.session.flush()
            await self._end(work, case, row, was_over=was_over)
        details = {"case": number, "failure": reason}
        await self.audit(work, AuditRecord("moderation.fail", guild_id, "user", case.target_id, details=details))
        await work.announce(CaseSettled(guild_id, number))
        await self.services.get(ModLogController).promise(work, guild_id, number)

    async def _end(self, work: UnitOfWork, case: ModerationCase, row: Punishment, *, was_over: bool) -> None:
        await self._due.cancel(work, punishments.expiry_key(case))
        if was_over:
            await work.session.delete(row)
        elif older := await punishments.give_way(work, self._due, case, row):
            await self._actions.promise(work, case.guild_id, older.number)

    async def keep_roles(self, guild_id: int, number: int, role_ids: Collection[int]) -> bool:
        """Keep the roles that a member has before they are jailed; False if another case decides by now."""

        async def keep(work: UnitOfWork) -> bool:
            row = await punishments.locked_of(work.session, guild_id, number)
            if row is None or row.is_lifting:
                return False
            kept = [{"guild_id": guild_id, "number": number, "role_id": role_id} for role_id in sorted(role_ids)]
            if kept:
                await insert_missing(work.session, CaseRole, kept)
            return True

        return await self.run(SYSTEM, keep)

    async def kept_roles(self, guild_id: int, number: int) -> frozenset[int]:
        """Return the roles that the member had when they were jailed."""
        async with self.reading() as session:
            return await _roles(session, guild_id, number)

    async def _change(
        self, guild_id: int, number: int, change: Callable[[UnitOfWork, ModerationCase], Awaitable[T]]
    ) -> T:
        """Change the case while nobody else opens, fails or extends one in the guild."""
        # The transaction ends first, and then the change of which only the case tells whom it is about.
        async with AsyncExitStack() as changing:

            async def action(work: UnitOfWork) -> T:
                await self.services.get(GuildController).lock_numbers(work, guild_id, queries.COUNTER)
                case = await require_case(work.session, guild_id, number)
                await changing.enter_async_context(self._actions.changing(guild_id, case.target_id))
                return await change(work, case)

            return await self.run(SYSTEM, action)


async def _roles(session: AsyncSession, guild_id: int, number: int) -> frozenset[int]:
    of_case = (col(CaseRole.guild_id) == guild_id, col(CaseRole.number) == number)
    return frozenset((await session.execute(select(col(CaseRole.role_id)).where(*of_case))).scalars())
