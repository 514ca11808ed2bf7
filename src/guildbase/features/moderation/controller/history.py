"""Finds cases, shows all that is known of one, and changes them; what stood there before is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import search
from guildbase.features.moderation.controller.actions import ActionController
from guildbase.features.moderation.controller.cases import CaseNotFound
from guildbase.features.moderation.controller.custom_types import CustomTypeController, refuse
from guildbase.features.moderation.controller.edits import as_text, record_edit
from guildbase.features.moderation.controller.modlog import ModLogController
from guildbase.features.moderation.controller.punishments import locked_of
from guildbase.features.moderation.kinds import MAX_NUMBER, MAX_REASON, CaseState, CaseType, Rank
from guildbase.features.moderation.models import (
    CaseEdit,
    CaseEvidence,
    CaseRole,
    CustomCaseType,
    ModerationCase,
    Punishment,
)
from guildbase.features.moderation.records import cases_tag
from guildbase.features.moderation.rules.plans import deciders, plan_of
from guildbase.features.moderation.rules.ranks import has_rank, may_see, require_rank, require_reader, require_say
from guildbase.features.moderation.rules.words import checked_words
from guildbase.features.moderation.search import CaseFilter, FoundCases
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

EVERYTHING = CaseFilter()
MOST_SHOWN = 100
"""Changes, files and roles of one case that are shown, the newest changes first."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that is known of a case."""

    case: ModerationCase
    edits: list[CaseEdit]
    """Newest first."""
    evidence: list[CaseEvidence]
    role_ids: list[int]
    """What they had before they were jailed."""
    custom_type: CustomCaseType | None


@dataclass(frozen=True, slots=True)
class NewEnd:
    """When what a case does is to end."""

    at: datetime | None
    """None for never."""


@dataclass(frozen=True, slots=True)
class CaseChange:
    """What is to stand in a case; None stays."""

    reason: str | None = None
    details: Mapping[str, Any] | None = None
    """Of a server's own type only."""
    end: NewEnd | None = None


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """A change that was asked for, and whether anything was another before."""

    number: int
    is_changed: bool


@dataclass(slots=True)
class _Changing:
    """A case that is being changed in a transaction, and what becomes another in it."""

    work: UnitOfWork
    case: ModerationCase
    values: dict[str, Any] = field(default_factory=dict)
    is_extended: bool = False

    def put(self, name: str, value: Any) -> None:
        if getattr(self.case, name) != value:
            self.values[name] = value


Change = Callable[[_Changing], Awaitable[None]]


class HistoryController(BaseController):
    """The history of a guild's cases."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._cache = services.get(CacheService)

    async def search(
        self,
        caller: Caller,
        guild_id: int,
        wanted: CaseFilter = EVERYTHING,
        *,
        before: int | None = None,
        limit: int = 20,
    ) -> FoundCases:
        """Return the newest cases that are wanted and that the caller may see, with numbers below `before`.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        require_reader(caller, guild_id)
        visible = search.seen_by(caller.user_id, sees_hidden=has_rank(caller, guild_id, Rank.SENIOR))
        async with self.reading() as session:
            return await search.find(
                session, guild_id, wanted, visible, MAX_NUMBER if before is None else before, limit
            )

    async def view(self, caller: Caller, guild_id: int, number: int) -> CaseFile:
        """Return all that is known of the case.

        Raises:
            PermissionDenied: the caller is no moderator here.
            CaseNotFound: there is no such case, or it is hidden from them.
        """
        require_reader(caller, guild_id)
        async with self.reading() as session:
            case = await _visible(session, caller, guild_id, number)
            custom = (guild_id, case.custom_type)
            return CaseFile(
                case,
                await _rows(session, CaseEdit, case, col(CaseEdit.edit).desc()),
                await _rows(session, CaseEvidence, case, col(CaseEvidence.position)),
                [row.role_id for row in await _rows(session, CaseRole, case, col(CaseRole.role_id))],
                await session.get(CustomCaseType, custom) if case.custom_type is not None else None,
            )

    async def edit(
        self, caller: Caller, guild_id: int, number: int, change: CaseChange, *, key: IdempotencyKey | None = None
    ) -> ChangedCase:
        """Change the reason, the details or the end of a case: all that is asked for, or nothing.

        Raises:
            PermissionDenied: it is somebody else's case, and the caller is no senior moderator.
            CaseNotFound: there is no such case, or it is hidden from them.
            InvalidInput: the reason, the details or the end cannot be so.
            NotInForce: it is to end at another time, and it is over, or a later case decides.
            Conflict: the case is struck.
        """
        reason = None if change.reason is None else checked_words(change.reason, MAX_REASON)

        async def edit(it: _Changing) -> None:
            require_say(caller, guild_id, it.case.moderator_id)
            if it.case.deleted_at is not None:
                raise Conflict(
                    _("Case #{number} is struck.", number=number),
                    hint=_("`/case restore {number}` brings it back.", number=number),
                )
            if reason is not None:
                it.put("reason", reason)
            if change.details is not None:
                it.put("details", await self._fitting(it, change.details))
            if change.end is not None and change.end.at != it.case.expires_at:
                await self._extend(it, change.end)

        return await self._change(caller, guild_id, number, "edit", edit, key=key)

    async def hide(
        self, caller: Caller, guild_id: int, number: int, *, is_hidden: bool, key: IdempotencyKey | None = None
    ) -> ChangedCase:
        """Hide the case from all but senior moderators and who opened it, or show it to all moderators again.

        Raises:
            PermissionDenied: the caller is no senior moderator here.
            CaseNotFound: there is no such case.
        """

        async def hide(it: _Changing) -> None:
            require_rank(caller, guild_id, Rank.SENIOR)
            it.put("is_hidden", is_hidden)

        return await self._change(caller, guild_id, number, "hide" if is_hidden else "show", hide, key=key)

    async def strike(
        self, caller: Caller, guild_id: int, number: int, reason: str = "", *, key: IdempotencyKey | None = None
    ) -> ChangedCase:
        """Strike the case: lists leave it out, and it is kept with its number.

        Raises:
            PermissionDenied: the caller is no admin here.
            CaseNotFound: there is no such case.
            Conflict: what it does still lasts, or is under way.
        """

        async def strike(it: _Changing) -> None:
            require_rank(caller, guild_id, Rank.ADMIN)
            if it.case.deleted_at is None:
                await _require_over(it.work.session, it.case)
                it.put("deleted_at", utcnow())

        return await self._change(caller, guild_id, number, "strike", strike, reason, key=key)

    async def restore(
        self, caller: Caller, guild_id: int, number: int, *, key: IdempotencyKey | None = None
    ) -> ChangedCase:
        """Bring a struck case back.

        Raises:
            PermissionDenied: the caller is no admin here.
            CaseNotFound: there is no such case.
        """

        async def restore(it: _Changing) -> None:
            require_rank(caller, guild_id, Rank.ADMIN)
            it.put("deleted_at", None)

        return await self._change(caller, guild_id, number, "restore", restore, key=key)

    async def _change(
        self,
        caller: Caller,
        guild_id: int,
        number: int,
        verb: str,
        change: Change,
        reason: str = "",
        *,
        key: IdempotencyKey | None = None,
    ) -> ChangedCase:
        """Change the case in one transaction, with what stood there before and an audit row."""
        require_rank(caller, guild_id, Rank.MODERATOR)
        if not 0 < number <= MAX_NUMBER:
            raise CaseNotFound(number)
        # The transaction ends first, and then the change of which only the case tells whom it is about.
        async with AsyncExitStack() as changing:

            async def write(work: UnitOfWork) -> ChangedCase:
                # In the order in which all lock them: what the case decides, then the case.
                await locked_of(work.session, guild_id, number)
                it = _Changing(work, await _visible(work.session, caller, guild_id, number, for_update=True))
                await change(it)
                if it.values or it.is_extended:
                    await changing.enter_async_context(self._cache.changing(cases_tag(guild_id, it.case.target_id)))
                if it.values:
                    await self._write(it, verb, reason)
                return ChangedCase(number, bool(it.values) or it.is_extended)

            return await self.once(caller, key, ChangedCase, write)

    async def _write(self, it: _Changing, verb: str, reason: str) -> None:
        case, session = it.case, it.work.session
        before = {name: getattr(case, name) for name in it.values}
        for name, value in it.values.items():
            await record_edit(it.work, case, name, before[name], value)
        await case.update(session, **it.values)
        told = {"case": case.number} | {name: [as_text(before[name]), as_text(it.values[name])] for name in before}
        record = AuditRecord(
            f"moderation.case_{verb}", case.guild_id, "user", case.target_id, reason[:MAX_REASON], told
        )
        await self.audit(it.work, record)
        await self.services.get(ModLogController).promise(it.work, case.guild_id, case.number)

    async def _extend(self, it: _Changing, end: NewEnd) -> None:
        case = it.case
        custom = await it.work.session.get(CustomCaseType, (case.guild_id, case.custom_type or ""))
        if end.at is None and custom is not None and custom.requires_duration:
            told = _("Cases of the type {name} need a duration.", name=custom.name)
            raise InvalidInput(told, hint=_("An example: `duration:1d 2h`."))
        await self.services.get(ActionController).extend_in(it.work, case.guild_id, case.number, end.at)
        it.is_extended = True

    async def _fitting(self, it: _Changing, details: Mapping[str, Any]) -> dict[str, Any]:
        case = it.case
        if case.case_type is not CaseType.CUSTOM or case.custom_type is None:
            raise InvalidInput(
                _("Only cases of a server's own types have details."), hint=_("`/casetype list` shows these types.")
            )
        custom = await it.work.session.get(CustomCaseType, (case.guild_id, case.custom_type))
        assert custom is not None  # noqa: S101 - such types are archived, never deleted.
        refuse(CustomTypeController.details_problems(custom, details))
        return dict(details)


async def _visible(
    session: AsyncSession, caller: Caller, guild_id: int, number: int, *, for_update: bool = False
) -> ModerationCase:
    """Return the case if the caller may see it, and hold its row to the end of the transaction if that is wanted."""
    case = None
    if 0 < number <= MAX_NUMBER:
        case = await session.get(ModerationCase, (guild_id, number), with_for_update=for_update or None)
    if case is None or not may_see(caller, guild_id, is_hidden=case.is_hidden, author_id=case.moderator_id):
        raise CaseNotFound(number)
    return case


async def _rows(session: AsyncSession, model: Any, case: ModerationCase, order: Any) -> list[Any]:
    statement = select(model).where(model.guild_id == case.guild_id, model.number == case.number)
    return list((await session.execute(statement.order_by(order).limit(MOST_SHOWN))).scalars())


async def _require_over(session: AsyncSession, case: ModerationCase) -> None:
    """Raise Conflict while the case governs a punishment, or will again if what replaces it fails."""
    if case.state is CaseState.OPEN or await _is_being_replaced(session, case):
        raise Conflict(
            _("What case #{number} does is still under way.", number=case.number), hint=_("Try again in a moment.")
        )
    of_case = (col(Punishment.guild_id) == case.guild_id, col(Punishment.number) == case.number)
    if (await session.execute(select(col(Punishment.kind)).where(*of_case).limit(1))).first() is not None:
        raise Conflict(
            _("What case #{number} did still lasts.", number=case.number),
            hint=_("Lift it first, for example with `/unban`, `/untimeout`, `/unmute` or `/unjail`."),
        )


async def _is_being_replaced(session: AsyncSession, case: ModerationCase) -> bool:
    """Tell whether a later case about the same is under way; if that fails, this one may decide again."""
    kind = plan_of(case.case_type).kind
    if kind is None:
        return False
    later = select(col(ModerationCase.number)).where(
        col(ModerationCase.guild_id) == case.guild_id,
        col(ModerationCase.target_id) == case.target_id,
        col(ModerationCase.number) > case.number,
        col(ModerationCase.state) == CaseState.OPEN,
        col(ModerationCase.case_type).in_(deciders(kind)),
    )
    return (await session.execute(later.limit(1))).first() is not None
