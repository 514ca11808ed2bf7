"""Adds warnings up and takes the step that they lead to, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import GuildbaseError
from guildbase.core.i18n import plural
from guildbase.core.ports import AuditRecord, Caller
from guildbase.core.targets import BotStanding, Target
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller.actions import ActionController
from guildbase.features.moderation.controller.cases import require_case
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType
from guildbase.features.moderation.ladders import (
    Step,
    Warned,
    counting,
    next_step,
    next_to_fall,
    read_step,
    step_reached,
)
from guildbase.features.moderation.models import CustomCaseType, ModerationCase
from guildbase.features.moderation.rules import NewAction
from guildbase.features.moderation.rules.ranks import require_reader
from guildbase.features.moderation.schemas import ModerationSettings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController

WARNINGS = (CaseType.WARN, CaseType.CUSTOM)
NEVER_COUNTED = (CaseState.FAILED, CaseState.VOID)
MOST = 500
"""Warnings of one person that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Record:
    """Where somebody stands on the ladder now."""

    warnings: list[Warned]
    """Those that count, newest first."""
    points: int
    falls_away_at: datetime | None
    """When the oldest of them counts no longer; None if none ever does."""
    next_step: Step | None


@dataclass(frozen=True, slots=True)
class Climbed:
    """The step that a warning has led to."""

    points: int
    case: ModerationCase


class LadderController(BaseController):
    """Escalation: what warnings add up to."""

    async def climb(self, by: Caller, guild_id: int, number: int, target: Target, bot: BotStanding) -> bool:
        """Take the step that this warning leads to, if it leads to one; it may be asked for any number of times.

        A step that the rules refuse, such as one against the owner, is written into the audit log instead.
        """
        settings = await self._settings(guild_id)
        steps = [read_step(line) for line in settings.warning_steps]
        async with self.reading() as session:
            case = await require_case(session, guild_id, number)
            warnings = await _warnings(session, guild_id, case.target_id) if steps else []
        step = step_reached(steps, warnings, number, settings.warning_decay)
        if step is None or case.target_id != target.user_id:
            return False
        new = self._action(step, guild_id, number, target, bot)
        try:
            return (await self.services.get(ActionController).act(by, guild_id, new)).effect_id is not None
        except GuildbaseError as refused:
            details = {"case": number, "step": step.text, "refused": refused.message}
            record = AuditRecord("moderation.ladder", guild_id, "user", target.user_id, details=details)
            await self.run(by, lambda work: self._refused(work, record))
            return False

    async def result(self, guild_id: int, number: int) -> Climbed | None:
        """Return what the warning has led to, or None."""
        asked = col(ModerationCase.request_id) == request_of(guild_id, number)
        async with self.reading() as session:
            found = await ModerationCase.get(session, asked, guild_id=guild_id)
            if found is None or found.source is not CaseSource.LADDER:
                return None
            warnings = await _warnings(session, guild_id, found.target_id)
        decay = (await self._settings(guild_id)).warning_decay
        return Climbed(sum(it.points for it in counting(warnings, utcnow(), decay)), found)

    async def record_of(self, caller: Caller, guild_id: int, user_id: int) -> Record:
        """Return where the person stands now.

        Raises:
            PermissionDenied: the caller is no moderator here, and it is not about themselves.
        """
        if caller.user_id != user_id:
            require_reader(caller, guild_id)
        settings, now = await self._settings(guild_id), utcnow()
        async with self.reading() as session:
            warnings = await _warnings(session, guild_id, user_id)
        decay: timedelta | None = settings.warning_decay
        counted = counting(warnings, now, decay)
        steps = [read_step(line) for line in settings.warning_steps]
        points = sum(it.points for it in counted)
        return Record(counted, points, next_to_fall(counted, decay), next_step(steps, counted, now))

    def _action(self, step: Step, guild_id: int, number: int, target: Target, bot: BotStanding) -> NewAction:
        reason = plural(
            "{count} point of warnings; the last was case #{number}.",
            "{count} points of warnings; the last was case #{number}.",
            step.points,
            number=number,
        )
        return NewAction(
            step.case_type,
            target,
            reason,
            duration=step.duration,
            source=CaseSource.LADDER,
            request_id=request_of(guild_id, number),
            bot=bot,
        )

    async def _refused(self, work: UnitOfWork, record: AuditRecord) -> None:
        await self.audit(work, record)

    async def _settings(self, guild_id: int) -> ModerationSettings:
        return (await self.services.get(GuildController).load(guild_id)).get(ModerationSettings)


def request_of(guild_id: int, number: int) -> int:
    """Return the id by which the step of a warning is made once.

    It is of the first second of the server's life, so nothing that was ever asked there has the same.
    """
    return guild_id + number


async def _warnings(session: AsyncSession, guild_id: int, user_id: int) -> list[Warned]:
    """Return the person's warnings with their points, newest first; those that were struck are left out."""
    own = and_(
        col(CustomCaseType.guild_id) == col(ModerationCase.guild_id),
        col(CustomCaseType.name) == col(ModerationCase.custom_type),
    )
    columns = (col(ModerationCase.number), col(CustomCaseType.severity), col(ModerationCase.created_at))
    statement = (
        select(*columns)
        .outerjoin(CustomCaseType, own)
        .where(
            col(ModerationCase.guild_id) == guild_id,
            col(ModerationCase.target_id) == user_id,
            col(ModerationCase.case_type).in_(WARNINGS),
            col(ModerationCase.state).not_in(NEVER_COUNTED),
            col(ModerationCase.deleted_at).is_(None),
        )
        .order_by(col(ModerationCase.number).desc())
        .limit(MOST)
    )
    rows = await session.execute(statement)
    return [Warned(number, severity or 1, at) for number, severity, at in rows]
