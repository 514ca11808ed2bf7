"""Opens, confirms and reads cases; the only writer of the case table."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import InvalidInput, NotFound, PermissionDenied
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import rules
from guildbase.features.moderation.events import CaseOpened
from guildbase.features.moderation.models import (
    MAX_NUMBER,
    MAX_REASON,
    CaseState,
    CaseType,
    ModerationCase,
    NoticeState,
)
from guildbase.features.moderation.rules import Target
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.users.controller import UserController
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

TELL_TARGET = "moderation.tell_target"
"""The effect that tells the member by direct message; `effects.py` runs it."""


class CaseNotFound(NotFound):
    """The guild has no case of this number."""

    code = "case_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(f"There is no case #{number} here.", hint="`/cases` lists the cases of this server.")


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case that is stored, and the number of the effect that is promised with it."""

    case: ModerationCase
    effect_id: int | None
    """None if the case was there already because the same request came twice."""


class _AlreadyOpen(Exception):
    """Rolls a repeated request back, so that it uses up no number."""

    def __init__(self, case: ModerationCase) -> None:
        super().__init__(case.number)
        self.case = case


class ModerationController(BaseController):
    """The business logic of moderation."""

    async def open_case(
        self, caller: Caller, guild_id: int, target: Target, reason: str, *, request_id: int | None = None
    ) -> OpenedCase:
        """Write a warning's case, its audit row and the promise to tell the member, in one transaction.

        Raises:
            PermissionDenied: the caller is no moderator here, or the target stands as high.
            InvalidInput: the reason is empty or too long.
        """
        _require_moderator(caller, guild_id)
        if refusal := rules.hierarchy_refusal(caller, target):
            raise PermissionDenied(refusal)
        reason = _checked_reason(reason)
        try:
            return await self._open(caller, guild_id, target, reason, request_id)
        except _AlreadyOpen as repeated:
            return OpenedCase(repeated.case, None)

    async def _open(
        self, caller: Caller, guild_id: int, target: Target, reason: str, request_id: int | None
    ) -> OpenedCase:
        async with self.transaction(caller) as work:
            await self.services.get(UserController).ensure_member(work, guild_id, target.user_id)
            # Taking the number locks the guild's counter, so a request that comes twice at once is seen below.
            number = await self.services.get(GuildController).next_number(work, guild_id, "case")
            if request_id is not None and (known := await _of_request(work, guild_id, request_id)):
                work.session.expunge(known)  # The rollback would empty it.
                raise _AlreadyOpen(known)
            case = await ModerationCase.create(
                work.session,
                guild_id=guild_id,
                number=number,
                case_type=CaseType.WARN,
                target_id=target.user_id,
                target_name=target.name[:100],
                moderator_id=caller.user_id,
                moderator_name=caller.name[:100],
                reason=reason,
                request_id=request_id,
            )
            record = AuditRecord("moderation.warn", guild_id, "user", target.user_id, reason, {"case": number})
            await self.audit(work, record)
            payload = {"number": number}
            effect_id = await self.services.get(Outbox).promise(work, TELL_TARGET, payload, guild_id=guild_id)
            await work.announce(CaseOpened(guild_id, number))
        return OpenedCase(case, effect_id)

    async def confirm_case(self, caller: Caller, guild_id: int, number: int, notice: NoticeState) -> ModerationCase:
        """Keep what became of the case's effect: the warning stands, told to the member or not.

        Raises:
            PermissionDenied: the caller is no moderator here.
            CaseNotFound: there is no such case.
        """
        _require_moderator(caller, guild_id)
        async with self.transaction(caller) as work:
            case = await _require_case(work.session, guild_id, number)
            return await case.update(work.session, state=CaseState.CONFIRMED, notice=notice)

    async def get_case(self, caller: Caller, guild_id: int, number: int) -> ModerationCase:
        """Return one case.

        Raises:
            PermissionDenied: the caller is no moderator here.
            CaseNotFound: there is no such case.
        """
        _require_moderator(caller, guild_id)
        async with self.reading() as session:
            return await _require_case(session, guild_id, number)

    async def list_cases(
        self, caller: Caller, guild_id: int, *, target_id: int | None = None, before: int | None = None, limit: int = 20
    ) -> list[ModerationCase]:
        """Return cases of the guild, newest first, with numbers below `before` if that is given.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        _require_moderator(caller, guild_id)
        conditions = [col(ModerationCase.guild_id) == guild_id]
        if target_id is not None:
            conditions.append(col(ModerationCase.target_id) == target_id)
        if before is not None:
            conditions.append(col(ModerationCase.number) < min(before, MAX_NUMBER))
        async with self.reading() as session:
            newest_first = (col(ModerationCase.number).desc(),)
            return await ModerationCase.get_multi(session, *conditions, order_by=newest_first, limit=limit)


def _require_moderator(caller: Caller, guild_id: int) -> None:
    if not rules.may_moderate(caller, guild_id):
        raise PermissionDenied("Only moderators may do this.", hint="Ask an admin for the Timeout Members permission.")


def _checked_reason(reason: str) -> str:
    cleaned = reason.strip()
    if not cleaned:
        raise InvalidInput("A case needs a reason.", hint="Say in a few words what happened.")
    if len(cleaned) > MAX_REASON:
        raise InvalidInput(f"The reason has {len(cleaned)} characters; {MAX_REASON} are allowed.", hint="Shorten it.")
    if "\x00" in cleaned:
        raise InvalidInput("The reason holds a character that cannot be stored.", hint="Type it again.")
    return cleaned


async def _of_request(work: UnitOfWork, guild_id: int, request_id: int) -> ModerationCase | None:
    return await ModerationCase.get(
        work.session, col(ModerationCase.guild_id) == guild_id, col(ModerationCase.request_id) == request_id
    )


async def _require_case(session: AsyncSession, guild_id: int, number: int) -> ModerationCase:
    known = 0 < number <= MAX_NUMBER
    case = await ModerationCase.get_by_id(session, (guild_id, number)) if known else None
    if case is None:
        raise CaseNotFound(number)
    return case
