"""Opens, confirms and reads cases; the only writer of the case table."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound, PermissionDenied
from guildbase.core.logging import current_correlation_id
from guildbase.core.ports import SYSTEM, AuditRecord, AuditSink, Caller
from guildbase.core.settings import Settings
from guildbase.core.time_ids import new_time_id
from guildbase.database.connections.prebuilt import RefusedByServer
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import queries, rules
from guildbase.features.moderation.events import CaseOpened
from guildbase.features.moderation.models import (
    MAX_NUMBER,
    CaseState,
    CaseType,
    ModerationCase,
    NoticeState,
)
from guildbase.features.moderation.records import UserCase, cases_tag, cases_tags
from guildbase.features.moderation.rules import NewCase, Target
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.users.controller import UserController
from guildbase.services.cache import CacheService, cached
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox, Priority
from guildbase.services.validation import ValidationService

TELL_TARGET = "moderation.tell_target"
"""The effect that tells the member by direct message; `effects.py` runs it."""
WARN = "moderation.warn"
"""What the audit calls it."""


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

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._settings = services.get(Settings)
        self._outbox = services.get(Outbox)
        self._cache = services.get(CacheService)
        self._validation = services.get(ValidationService)
        self._validation.add(NewCase, *rules.NEW_CASE)

    async def open_case(
        self, caller: Caller, guild_id: int, target: Target, reason: str, *, request_id: int | None = None
    ) -> OpenedCase:
        """Write a warning's case, its audit row and the promise to tell the member: all of it or nothing.

        Raises:
            PermissionDenied: the caller is no moderator here, or the target stands as high.
            InvalidInput: the reason is empty or too long.
        """
        reason = reason.strip()
        await self._validation.validate(NewCase(caller, guild_id, target, reason))
        case = _new_case(caller, guild_id, target, reason, request_id)
        async with self._cache.changing(cases_tag(guild_id, case.target_id)):
            opened = await self._open_at_once(case) if self._is_free_to_hurry() else None
            return opened or await self._open_in_steps(caller, case)

    def _is_free_to_hurry(self) -> bool:
        """Whether nobody else has a say in the transaction, so that one statement can be all of it."""
        has_usual_audit = type(self.services.get(AuditSink)) is AuditController
        is_overheard = self._database.events.is_heard_inside(CaseOpened)
        return has_usual_audit and not is_overheard and not self._database.is_sqlite

    async def _open_at_once(self, case: ModerationCase) -> OpenedCase | None:
        """Open the case by the prebuilt statement of PostgreSQL, or return None if that was refused."""
        try:
            row = await queries.open_case().run(
                self.services.get(DatabaseManager),
                **{name: getattr(case, name) for name in queries.CASE_COLUMNS},
                now=case.created_at,
                prefix=self._settings.default_prefix,
                audit_id=new_time_id(),
                action=WARN,
                effect=TELL_TARGET,
                correlation_id=current_correlation_id(),
            )
        except RefusedByServer:  # The same request came before, or another transaction was in the way.
            return None
        number, effect_id = cast("tuple[int, int]", row)
        set_committed_value(case, "number", number)
        make_transient_to_detached(case)
        self._outbox.wake(effect_id)
        await self._database.events.committed([CaseOpened(case.guild_id, number)])
        return OpenedCase(case, effect_id)

    async def _open_in_steps(self, caller: Caller, case: ModerationCase) -> OpenedCase:
        """Open the case row by row in one transaction, in which other features have a say."""
        try:
            effect_id = await self.run(caller, partial(self._write, case=case))
        except _AlreadyOpen as repeated:
            return OpenedCase(repeated.case, None)
        return OpenedCase(case, effect_id)

    async def _write(self, work: UnitOfWork, case: ModerationCase) -> int:
        guild_id = case.guild_id
        await self.services.get(UserController).ensure_member(work, guild_id, case.target_id)
        # Taking the number locks the guild's counter, so a request that comes twice at once is seen below.
        case.number = await self.services.get(GuildController).next_number(work, guild_id, queries.COUNTER)
        if known := await _of_request(work, case):
            work.session.expunge(known)  # The rollback would empty it.
            raise _AlreadyOpen(known)
        work.session.add(case)
        details = {"case": case.number}
        await self.audit(work, AuditRecord(WARN, guild_id, "user", case.target_id, case.reason, details))
        payload = {"number": case.number}
        effect_id = await self._outbox.promise(
            work, TELL_TARGET, payload, guild_id=guild_id, priority=Priority.MODERATION
        )
        await work.announce(CaseOpened(guild_id, case.number))
        return effect_id

    async def confirm_case(self, caller: Caller, guild_id: int, number: int, notice: NoticeState) -> ModerationCase:
        """Keep what became of the case's effect: the warning stands, told to the member or not.

        Raises:
            PermissionDenied: the caller is no moderator here.
            CaseNotFound: there is no such case.
        """
        _require_moderator(caller, guild_id)
        # The transaction ends first, and then the change of which only the case tells whom it is about.
        async with AsyncExitStack() as change:

            async def confirm(work: UnitOfWork) -> ModerationCase:
                case = await _require_case(work.session, guild_id, number)
                await change.enter_async_context(self._cache.changing(cases_tag(guild_id, case.target_id)))
                return await case.update(work.session, state=CaseState.CONFIRMED, notice=notice)

            return await self.run(caller, confirm)

    async def get_case(self, caller: Caller, guild_id: int, number: int) -> ModerationCase:
        """Return one case.

        Raises:
            PermissionDenied: the caller is no moderator here.
            CaseNotFound: there is no such case.
        """
        _require_moderator(caller, guild_id)
        async with self.reading() as session:
            return await _require_case(session, guild_id, number)

    async def cases_of(self, caller: Caller, guild_id: int, user_id: int) -> tuple[UserCase, ...]:
        """Return the newest cases of the user in the guild, at most a page of them; a copy may serve.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        _require_moderator(caller, guild_id)
        return await self._cases_of(guild_id, user_id)

    @cached("user_cases", ttl="user_cases_ttl", tags=cases_tags)
    async def _cases_of(self, guild_id: int, user_id: int) -> tuple[UserCase, ...]:
        found = await self.list_cases(SYSTEM, guild_id, target_id=user_id)
        return tuple(UserCase.of(case) for case in found)

    async def list_cases(
        self,
        caller: Caller,
        guild_id: int,
        *,
        target_id: int | None = None,
        moderator_id: int | None = None,
        before: int | None = None,
        limit: int = 20,
    ) -> list[ModerationCase]:
        """Return cases of the guild, newest first, with numbers below `before` if that is given.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        _require_moderator(caller, guild_id)
        conditions = [col(ModerationCase.guild_id) == guild_id]
        if target_id is not None:
            conditions.append(col(ModerationCase.target_id) == target_id)
        if moderator_id is not None:
            conditions.append(col(ModerationCase.moderator_id) == moderator_id)
        if before is not None:
            conditions.append(col(ModerationCase.number) < min(before, MAX_NUMBER))
        async with self.reading() as session:
            newest_first = (col(ModerationCase.number).desc(),)
            return await ModerationCase.get_multi(session, *conditions, order_by=newest_first, limit=limit)


def _require_moderator(caller: Caller, guild_id: int) -> None:
    if not rules.may_moderate(caller, guild_id):
        raise PermissionDenied(rules.NO_MODERATOR, hint=rules.MODERATOR_HINT)


def _new_case(caller: Caller, guild_id: int, target: Target, reason: str, request_id: int | None) -> ModerationCase:
    """Return the case with everything but its real number, which the database gives."""
    now = utcnow()
    return ModerationCase(
        created_at=now,
        updated_at=now,
        guild_id=guild_id,
        number=1,
        case_type=CaseType.WARN,
        target_id=target.user_id,
        target_name=target.name[:100],
        moderator_id=caller.user_id,  # type: ignore[arg-type]
        moderator_name=caller.name[:100],
        reason=reason,
        request_id=request_id,
    )


async def _of_request(work: UnitOfWork, case: ModerationCase) -> ModerationCase | None:
    """Return the case that the same request opened before."""
    if case.request_id is None:
        return None
    of_request = col(ModerationCase.request_id) == case.request_id
    return await ModerationCase.get(work.session, col(ModerationCase.guild_id) == case.guild_id, of_request)


async def _require_case(session: AsyncSession, guild_id: int, number: int) -> ModerationCase:
    known = 0 < number <= MAX_NUMBER
    case = await ModerationCase.get_by_id(session, (guild_id, number)) if known else None
    if case is None:
        raise CaseNotFound(number)
    return case
