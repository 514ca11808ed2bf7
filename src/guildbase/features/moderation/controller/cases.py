"""Opens, confirms and reads cases; the only writer of the case table."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import configure_mappers, make_transient_to_detached
from sqlalchemy.orm.attributes import manager_of_class
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound, PermissionDenied
from guildbase.core.events import Event
from guildbase.core.i18n import _, translated
from guildbase.core.logging import current_correlation_id
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.settings import Settings
from guildbase.core.targets import Target
from guildbase.core.time_ids import new_time_id
from guildbase.database.connections.prebuilt import RefusedByServer
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import queries, rules
from guildbase.features.moderation.controller.modlog import ModLogController
from guildbase.features.moderation.events import CaseOpened
from guildbase.features.moderation.kinds import ENFORCE, MAX_NUMBER, TELL_TARGET, CaseState, CaseType, NoticeState, Rank
from guildbase.features.moderation.models import ModerationCase
from guildbase.features.moderation.records import UserCase, cases_tag, cases_tags
from guildbase.features.moderation.rules import NewCase
from guildbase.features.moderation.rules.ranks import has_rank, may_see
from guildbase.features.moderation.search import seen_by
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.users.controller import UserController
from guildbase.services.cache import CacheService, cached
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox, Priority
from guildbase.services.validation import ValidationService


class CaseNotFound(NotFound):
    """The guild has no case of this number."""

    code = "case_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("There is no case #{number} here.", number=number), hint=_("`/cases` lists the cases of this server.")
        )


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case that is stored, and the number of the effect that is promised with it."""

    case: ModerationCase
    effect_id: int | None
    """None if the case was there already because the same request came twice."""
    replaced: int | None = None
    """Number of the case whose punishment this one ends or replaces."""


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
        values = _new_case(caller, guild_id, target, reason, request_id)
        async with self._cache.changing(cases_tag(guild_id, target.user_id)):
            opened = await self._open_at_once(values) if self.is_free_to_hurry(CaseOpened) else None
            return opened or await self._open_in_steps(caller, values)

    def is_free_to_hurry(self, event: type[Event]) -> bool:
        """Tell whether nobody else has a say in the transaction, so that one statement can be all of it."""
        return self.services.get(AuditController).is_all_there_is(event)

    async def _open_at_once(self, values: dict[str, Any]) -> OpenedCase | None:
        """Open the case by the prebuilt statement of PostgreSQL, or return None if that was refused."""
        try:
            row = await queries.open_case().run(
                self.services.get(DatabaseManager),
                **{name: values[name] for name in queries.CASE_COLUMNS},
                now=values["created_at"],
                prefix=self._settings.default_prefix,
                audit_id=new_time_id(),
                action="moderation.warn",
                effect=TELL_TARGET,
                correlation_id=current_correlation_id(),
            )
        except RefusedByServer:  # The same request came before, or another transaction was in the way.
            return None
        number, effect_id = cast("tuple[int, int]", row)
        self._outbox.wake(effect_id)
        await self._database.events.committed([CaseOpened(values["guild_id"], number)])
        return OpenedCase(_stored({**values, "number": number}), effect_id)

    async def _open_in_steps(self, caller: Caller, values: dict[str, Any]) -> OpenedCase:
        """Open the case row by row in one transaction, in which other features have a say."""
        return await self.run(caller, partial(self.write, case=ModerationCase(**values)))

    async def write(self, work: UnitOfWork, case: ModerationCase, *, is_done: bool = False) -> OpenedCase:
        """Write the case, its audit row and its promise in this transaction; a repeated request finds its case.

        Nothing is promised if it is done already. Taking the number locks the guild's counter, so a request that comes
        twice at once is seen here.
        """
        guild_id, guilds = case.guild_id, self.services.get(GuildController)
        await self.services.get(UserController).ensure_member(work, guild_id, case.target_id)
        case.number = await guilds.next_number(work, guild_id, queries.COUNTER)
        if known := await _of_request(work, case):
            await guilds.give_back_number(work, guild_id, queries.COUNTER)
            return OpenedCase(known, None)
        work.session.add(case)
        await work.session.flush()
        action, details = f"moderation.{case.case_type.value}", {"case": case.number}
        await self.audit(work, AuditRecord(action, guild_id, "user", case.target_id, case.reason, details))
        effect_id = None if is_done else await self._promise(work, case)
        await work.announce(CaseOpened(guild_id, case.number))
        return OpenedCase(case, effect_id)

    async def _promise(self, work: UnitOfWork, case: ModerationCase) -> int:
        kind = TELL_TARGET if rules.plan_of(case.case_type).is_mere_word else ENFORCE
        payload = {"number": case.number}
        return await self._outbox.promise(work, kind, payload, guild_id=case.guild_id, priority=Priority.MODERATION)

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
                case = await require_case(work.session, guild_id, number)
                await change.enter_async_context(self._cache.changing(cases_tag(guild_id, case.target_id)))
                # One that had its time before its notice could be sent is over, and not in force again.
                state = CaseState.CONFIRMED if case.state is CaseState.OPEN else case.state
                await case.update(work.session, state=state, notice=notice)
                await self.services.get(ModLogController).promise(work, guild_id, number)
                return case

            return await self.run(caller, confirm)

    async def get_case(self, caller: Caller, guild_id: int, number: int) -> ModerationCase:
        """Return one case.

        Raises:
            PermissionDenied: the caller is no moderator here.
            CaseNotFound: there is no such case, or it is hidden from them.
        """
        _require_moderator(caller, guild_id)
        async with self.reading() as session:
            case = await require_case(session, guild_id, number)
        if not may_see(caller, guild_id, is_hidden=case.is_hidden, author_id=case.moderator_id):
            raise CaseNotFound(number)
        return case

    async def cases_of(self, caller: Caller, guild_id: int, user_id: int) -> tuple[UserCase, ...]:
        """Return the newest cases of the user in the guild, at most a page of them; a copy may serve.

        Hidden and struck ones are left out, whoever asks.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        _require_moderator(caller, guild_id)
        return await self._cases_of(guild_id, user_id)

    @cached("user_cases", ttl="user_cases_ttl", tags=cases_tags)
    async def _cases_of(self, guild_id: int, user_id: int) -> tuple[UserCase, ...]:
        found = await self.list_cases(SYSTEM, guild_id, target_id=user_id)
        return tuple(UserCase.of(case) for case in found if not case.is_hidden and case.deleted_at is None)

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
        """Return cases that the caller may see, newest first, with numbers below `before` if that is given.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        _require_moderator(caller, guild_id)
        visible = seen_by(caller.user_id, sees_hidden=has_rank(caller, guild_id, Rank.SENIOR))
        conditions = [col(ModerationCase.guild_id) == guild_id, visible]
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
        raise PermissionDenied(translated(rules.NO_MODERATOR), hint=translated(rules.MODERATOR_HINT))


def _new_case(caller: Caller, guild_id: int, target: Target, reason: str, request_id: int | None) -> dict[str, Any]:
    """Return all columns of the case but its real number, which the database gives."""
    now = utcnow()
    return ModerationCase.validated(
        {
            "created_at": now,
            "updated_at": now,
            "guild_id": guild_id,
            "number": 1,
            "case_type": CaseType.WARN,
            "target_id": target.user_id,
            "target_name": target.name[:100],
            "moderator_id": caller.user_id,
            "moderator_name": caller.name[:100],
            "reason": reason,
            "request_id": request_id,
        }
    )


def _stored(values: dict[str, Any]) -> ModerationCase:
    """Return the row as if it had been read: its values were checked, and to check and track each again costs much."""
    configure_mappers()  # As making the first row would.
    case: ModerationCase = manager_of_class(ModerationCase).new_instance()
    case.__dict__.update(values)
    make_transient_to_detached(case)
    return case


async def _of_request(work: UnitOfWork, case: ModerationCase) -> ModerationCase | None:
    """Return the case that the same request opened before."""
    if case.request_id is None:
        return None
    of_request = col(ModerationCase.request_id) == case.request_id
    return await ModerationCase.get(work.session, col(ModerationCase.guild_id) == case.guild_id, of_request)


async def require_case(
    session: AsyncSession, guild_id: int, number: int, *, for_update: bool = False
) -> ModerationCase:
    """Return the case, held to the end of the transaction if that is wanted; raise CaseNotFound if there is none."""
    known = 0 < number <= MAX_NUMBER
    key = (guild_id, number)
    case = await session.get(ModerationCase, key, with_for_update=for_update or None) if known else None
    if case is None:
        raise CaseNotFound(number)
    return case
