"""Acts on people: writes the case, what it decides and the promise to do it, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import GuildbaseError, InvalidInput, PermissionDenied
from guildbase.core.i18n import _, translated
from guildbase.core.ports import AuditRecord, Caller
from guildbase.core.snowflake import snowflake_time
from guildbase.core.validators import LONGEST_DURATION
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import rules
from guildbase.features.moderation.controller import punishments
from guildbase.features.moderation.controller.cases import ModerationController, OpenedCase, require_case
from guildbase.features.moderation.controller.edits import record_edit
from guildbase.features.moderation.controller.modlog import ModLogController
from guildbase.features.moderation.kinds import (
    ENFORCE,
    CaseSource,
    CaseState,
    CaseType,
    Notice,
    NoticeState,
    PunishmentKind,
)
from guildbase.features.moderation.models import ModerationCase, Punishment
from guildbase.features.moderation.records import cases_tag
from guildbase.features.moderation.rules import NewAction, NewCase
from guildbase.features.moderation.schemas import ModerationSettings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueWork
from guildbase.services.known_people import KnownPeople
from guildbase.services.outbox import Outbox, Priority
from guildbase.services.validation import ValidationService

ROLES = {PunishmentKind.MUTE: "mute_role", PunishmentKind.JAIL: "jail_role"}
"""The setting that names the role of what is done by a role."""


class NotInForce(punishments.AlreadySo):
    """The case does not last any more, so it cannot be extended."""

    code = "not_in_force"


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that a moderator did by hand in Discord."""

    case_type: CaseType
    target_id: int
    target_name: str
    moderator_id: int
    moderator_name: str
    reason: str
    entry_id: int
    """The entry of Discord's audit log; the same entry twice is one case."""
    expires_at: datetime | None = None


class ActionController(BaseController):
    """Bans, time-outs and all else that moderators do."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._cases = services.get(ModerationController)
        self._guilds = services.get(GuildController)
        self._due = services.get(DueWork)
        self._outbox = services.get(Outbox)
        self._cache = services.get(CacheService)
        self.punished = KnownPeople(self._database, Punishment)
        """Whether anything at all is in force for somebody, which is asked of everybody who comes."""

    async def act(self, caller: Caller, guild_id: int, new: NewAction) -> OpenedCase:
        """Open the case and promise what it does; the outbox tells what became of it.

        Raises:
            PermissionDenied: the caller or the bot may not do this to this person.
            InvalidInput: reason, duration or details are wrong.
            AlreadySo: it would change nothing.
        """
        if _is_plain_warning(new):
            await self._spare_the_immune(caller, guild_id, new)
            return await self._cases.open_case(caller, guild_id, new.target, new.reason, request_id=new.request_id)
        async with self.changing(guild_id, new.target.user_id):
            return await self.run(caller, partial(self.act_in, caller=caller, guild_id=guild_id, new=new))

    async def act_in(self, work: UnitOfWork, caller: Caller, guild_id: int, new: NewAction) -> OpenedCase:
        """Do the same in somebody's transaction, which has to roll back if this raises; put `changing` around it."""
        opened = await self._cases.write(work, await self.case_for(caller, guild_id, new))
        if opened.effect_id is None:
            return opened
        return await self._decide(work, opened)

    async def case_for(self, caller: Caller, guild_id: int, new: NewAction) -> ModerationCase:
        """Return the case that this makes, not stored and without its number; raise what `act` raises."""
        new = replace(new, reason=new.reason.strip())
        subject = NewCase(caller, guild_id, new.target, new.reason, new.case_type, new.duration, new.details, new.bot)
        await self.services.get(ValidationService).validate(subject)
        await self._spare_the_immune(caller, guild_id, new)
        case = _case_of(caller, guild_id, new)
        case.details |= await self._role(guild_id, new.case_type)
        return case

    async def _decide(self, work: UnitOfWork, opened: OpenedCase) -> OpenedCase:
        replaced = await punishments.decide(work, self._due, opened.case)
        if replaced is not None:
            await self.services.get(ModLogController).promise(work, opened.case.guild_id, replaced)
        return replace(opened, replaced=replaced)

    async def _spare_the_immune(self, caller: Caller, guild_id: int, new: NewAction) -> None:
        """Refuse to punish members of the server's immune roles; those who may not act anyway hear only that."""
        if rules.spares_nobody(new.case_type) or not rules.may_act(caller, guild_id, new.case_type):
            return
        immune = (await self._guilds.load(guild_id)).get(ModerationSettings).immune_roles
        if not new.target.role_ids.isdisjoint(immune):
            raise PermissionDenied(
                _("{name} has a role that is never punished here.", name=new.target.name),
                hint=_("An admin changes `immune_roles` with `/config set`."),
            )

    async def act_on_many(
        self, caller: Caller, guild_id: int, news: Iterable[NewAction]
    ) -> Sequence[OpenedCase | GuildbaseError]:
        """Act on one after the other; who is refused does not keep the others from it."""
        results: list[OpenedCase | GuildbaseError] = []
        for new in news:
            try:
                results.append(await self.act(caller, guild_id, new))
            except GuildbaseError as refused:
                results.append(refused)
        return results

    async def record(self, guild_id: int, done: Recorded) -> OpenedCase:
        """Keep as a case what was done by hand; it decides from then on, and nothing is promised."""
        moderator = Caller(user_id=done.moderator_id, name=done.moderator_name, is_system=True)
        async with self.changing(guild_id, done.target_id):
            return await self.run(moderator, partial(self._record, guild_id=guild_id, done=done))

    async def _record(self, work: UnitOfWork, guild_id: int, done: Recorded) -> OpenedCase:
        case = _recorded_case(guild_id, done)
        opened = await self._cases.write(work, case, is_done=True)
        if opened.case is not case:
            return opened
        await self.services.get(ModLogController).promise(work, guild_id, case.number)
        if await punishments.came_late(work, case, snowflake_time(done.entry_id)):
            return opened
        return await self._decide(work, opened)

    async def extend(self, caller: Caller, guild_id: int, number: int, expires_at: datetime | None) -> ModerationCase:
        """Let what the case does end at another time, or never (None).

        Raises:
            PermissionDenied: the caller may not act like this here.
            CaseNotFound: there is no such case.
            NotInForce: it is over, or a later case decides.
            InvalidInput: the moment is past, too far away, or a time-out was to last for ever.
        """
        if not rules.may_moderate(caller, guild_id):
            raise PermissionDenied(translated(rules.NO_MODERATOR), hint=translated(rules.MODERATOR_HINT))
        async with self.reading() as session:
            target_id = (await require_case(session, guild_id, number)).target_id
        async with self.changing(guild_id, target_id):
            return await self.run(caller, lambda work: self.extend_in(work, guild_id, number, expires_at))

    async def extend_in(
        self, work: UnitOfWork, guild_id: int, number: int, expires_at: datetime | None
    ) -> ModerationCase:
        """Do the same in somebody's transaction; put `changing` around it."""
        row = await punishments.locked_of(work.session, guild_id, number)
        case = await require_case(work.session, guild_id, number, for_update=True)
        if not rules.may_act(work.caller, guild_id, case.case_type):
            raise PermissionDenied(translated(rules.NO_MODERATOR), hint=translated(rules.MODERATOR_HINT))
        if not _lasts(case, row):
            raise NotInForce(_("Case #{number} does not last any more.", number=number))
        _check_end(case, expires_at)
        await record_edit(work, case, "expires_at", case.expires_at, expires_at)
        case.expires_at = expires_at
        if row is not None:
            row.expires_at = expires_at
        if expires_at is None:
            await self._due.cancel(work, punishments.expiry_key(case))
        else:
            await punishments.schedule(work, self._due, case)
        if row is not None and row.kind is PunishmentKind.TIMEOUT:
            await self.promise(work, guild_id, number)
        details = {"case": number, "expires_at": expires_at.isoformat() if expires_at else None}
        await self.audit(work, AuditRecord("moderation.extend", guild_id, "user", case.target_id, details=details))
        await self.services.get(ModLogController).promise(work, guild_id, number)
        return case

    async def governing(self, guild_id: int, user_id: int) -> dict[PunishmentKind, Punishment]:
        """Return what is in force for the person, for the bot's own use."""
        theirs = (col(Punishment.guild_id) == guild_id, col(Punishment.user_id) == user_id)
        async with self.reading() as session:
            rows = await session.execute(select(Punishment).where(*theirs, col(Punishment.is_lifting).is_(False)))
            return {row.kind: row for row in rows.scalars()}

    async def voice_cases(self, guild_id: int, user_id: int) -> list[int]:
        """Return the cases that are to be brought in line when the person joins a voice channel, also what is over."""
        theirs = (col(Punishment.guild_id) == guild_id, col(Punishment.user_id) == user_id)
        in_voice = col(Punishment.kind).in_([PunishmentKind.VOICE_MUTE, PunishmentKind.DEAFEN])
        async with self.reading() as session:
            return [*(await session.execute(select(col(Punishment.number)).where(*theirs, in_voice))).scalars()]

    async def enforce(self, guild_id: int, number: int) -> int:
        """Promise to bring Discord in line with the case once more, such as after a rejoin; return the effect."""
        return await self._database.run(lambda work: self.promise(work, guild_id, number))

    async def promise(self, work: UnitOfWork, guild_id: int, number: int) -> int:
        """Promise in this transaction to bring Discord in line with the case; return the effect's number."""
        payload = {"number": number}
        return await self._outbox.promise(work, ENFORCE, payload, guild_id=guild_id, priority=Priority.MODERATION)

    def changing(self, guild_id: int, *user_ids: int) -> AbstractAsyncContextManager[None]:
        """Forget the copies of these people's cases when the block ends; put it around the transaction."""
        return self._cache.changing(*(cases_tag(guild_id, user_id) for user_id in user_ids))

    async def _role(self, guild_id: int, case_type: CaseType) -> dict[str, Any]:
        """Return the role that the case gives or takes, as its details keep it."""
        plan = rules.plan_of(case_type)
        setting = ROLES.get(plan.kind) if plan.kind else None
        if setting is None:
            return {}
        role_id = getattr((await self._guilds.load(guild_id)).get(ModerationSettings), setting)
        if role_id is None and plan.starts is not None:
            raise InvalidInput(
                _("This server has not set which role that gives."),
                hint=_(
                    "An admin makes it with `/setup step:punishments`, or sets `{setting}` with `/config set`.",
                    setting=f"moderation.{setting}",
                ),
            )
        return {} if role_id is None else {"role_id": str(role_id)}


def _is_plain_warning(new: NewAction) -> bool:
    """Tell whether it is what the prebuilt statement opens."""
    is_usual = new.source is CaseSource.COMMAND and not (new.is_silent or new.is_hidden or new.details)
    return new.case_type is CaseType.WARN and is_usual and new.duration is None


def _case_of(caller: Caller, guild_id: int, new: NewAction) -> ModerationCase:
    now, is_told = utcnow(), not new.is_silent and rules.plan_of(new.case_type).notice is not Notice.NEVER
    return ModerationCase(
        created_at=now,
        updated_at=now,
        guild_id=guild_id,
        number=1,
        case_type=new.case_type,
        custom_type=new.custom_type,
        notice=NoticeState.PENDING if is_told else NoticeState.NONE,
        source=new.source,
        target_id=new.target.user_id,
        target_name=new.target.name[:100],
        moderator_id=caller.user_id,  # type: ignore[arg-type]
        moderator_name=caller.name[:100],
        reason=new.reason,
        expires_at=now + new.duration if new.duration else None,
        is_hidden=new.is_hidden,
        details=dict(new.details),
        request_id=new.request_id,
    )


def _recorded_case(guild_id: int, done: Recorded) -> ModerationCase:
    return ModerationCase(
        guild_id=guild_id,
        number=1,
        case_type=done.case_type,
        state=CaseState.CONFIRMED,
        notice=NoticeState.NONE,
        source=CaseSource.DISCORD,
        target_id=done.target_id,
        target_name=done.target_name[:100],
        moderator_id=done.moderator_id,
        moderator_name=done.moderator_name[:100],
        reason=done.reason,
        expires_at=done.expires_at,
        request_id=done.entry_id,
    )


def _lasts(case: ModerationCase, row: Punishment | None) -> bool:
    """Tell whether there is an end to change: of the case that decides, or of one of a server's own types."""
    if row is not None:
        return not row.is_lifting
    is_own = rules.plan_of(case.case_type).kind is None and case.expires_at is not None
    return is_own and case.state in (CaseState.OPEN, CaseState.CONFIRMED)


def _check_end(case: ModerationCase, expires_at: datetime | None) -> None:
    if expires_at is None:
        if rules.plan_of(case.case_type).starts is PunishmentKind.TIMEOUT:
            raise InvalidInput(_("A timeout cannot last for ever."), hint=_("A mute or a ban can."))
        return
    now = utcnow()
    if not now < expires_at <= now + LONGEST_DURATION:
        raise InvalidInput(_("The end has to lie ahead, and at most ten years."), hint=_("An example: `1d 2h`."))
