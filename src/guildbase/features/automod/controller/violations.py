"""Keeps who broke a rule, and what their points come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.core.time_ids import new_time_id
from guildbase.database.rows.upsert import insert_for
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.automod import rules
from guildbase.features.automod.controller.rules import given, require_rule
from guildbase.features.automod.document import read_input
from guildbase.features.automod.models import AutomodRule, AutomodViolation
from guildbase.features.automod.schemas import AutomodSettings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController

_ALLOWING = {"words": "allowed", "links": "allowed", "phishing": "allowed", "invites": "allowed"}
"""The field that lets through what a trigger found, by its type."""


class ViolationNotFound(NotFound):
    """There is no such violation any more."""

    code = "violation_not_found"

    def __init__(self) -> None:
        super().__init__(_("Nothing is known of this any more."), hint=_("Violations are kept for 90 days."))


@dataclass(frozen=True, slots=True)
class NewViolation:
    """Somebody broke a rule just now."""

    user_id: int
    user_name: str
    rule_number: int | None
    rule_name: str
    channel_id: int | None = None
    message_id: int | None = None
    matched: str = ""
    excerpt: str = ""
    points: int = 0
    is_dry_run: bool = False


class ViolationController(BaseController):
    """Writes, reads and clears violations."""

    async def add(self, work: UnitOfWork, guild_id: int, new: NewViolation) -> UUID | None:
        """Write the violation in this transaction; None if the rule was broken by this very message before."""
        values: dict[str, Any] = asdict(new) | {
            "guild_id": guild_id, "violation_id": new_time_id(), "outcome": "", "created_at": utcnow(),
        }  # fmt: skip
        added = insert_for(work.session, AutomodViolation.__table__).values(values)
        statement = added.on_conflict_do_nothing().returning(AutomodViolation.__table__.c.violation_id)
        return (await work.session.execute(statement)).scalar_one_or_none()

    async def note(self, guild_id: int, violation_id: UUID, outcome: str, caller: Caller) -> None:
        """Keep what came of it, in words for people."""

        async def note(work: UnitOfWork) -> None:
            await self.mark(work, guild_id, violation_id, outcome=outcome[:300])

        await self.run(caller, note)

    async def mark(self, work: UnitOfWork, guild_id: int, violation_id: UUID, **values: Any) -> None:
        """Set columns of one violation in this transaction."""
        await work.session.execute(update(AutomodViolation).where(*_key(guild_id, violation_id)).values(**values))

    async def points(self, guild_id: int, user_id: int) -> float:
        """Return what the person's points come to now."""
        async with self.reading() as session:
            return await self.points_in(session, guild_id, user_id)

    async def points_in(self, session: AsyncSession, guild_id: int, user_id: int) -> float:
        """Return the same within a transaction."""
        settings = (await self.services.get(GuildController).load(guild_id)).get(AutomodSettings)
        statement = select(col(AutomodViolation.points), col(AutomodViolation.created_at)).where(
            *_counting(guild_id, user_id), col(AutomodViolation.points) > 0
        )
        given_points = [(row.points, row.created_at) for row in await session.execute(statement)]
        return rules.weight(given_points, utcnow(), settings.points_decay, halves=settings.decay == "halve")

    async def get(self, caller: Caller, guild_id: int, violation_id: UUID) -> AutomodViolation:
        """Return one violation.

        Raises:
            PermissionDenied: the caller is no moderator here.
            ViolationNotFound: there is none.
        """
        rules.require_reader(caller, guild_id)
        async with self.reading() as session:
            row = await AutomodViolation.get_by_id(session, (guild_id, violation_id))
        if row is None:
            raise ViolationNotFound
        return row

    async def list(
        self, caller: Caller, guild_id: int, *, user_id: int | None = None, before: UUID | None = None, limit: int = 10
    ) -> Sequence[AutomodViolation]:
        """Return violations, newest first; PermissionDenied to who is no moderator here."""
        rules.require_reader(caller, guild_id)
        statement = select(AutomodViolation).where(col(AutomodViolation.guild_id) == guild_id)
        if user_id is not None:
            statement = statement.where(col(AutomodViolation.user_id) == user_id)
        if before is not None:
            statement = statement.where(col(AutomodViolation.violation_id) < before)
        async with self.reading() as session:
            newest_first = statement.order_by(col(AutomodViolation.violation_id).desc()).limit(limit)
            return (await session.execute(newest_first)).scalars().all()

    async def clear(self, caller: Caller, guild_id: int, user_id: int) -> int:
        """Let the person's violations count no longer; return how many did.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        return await self._clear(caller, guild_id, user_id, *_counting(guild_id, user_id))

    async def dismiss(self, caller: Caller, guild_id: int, violation_id: UUID) -> int:
        """Let this violation count no longer; return 1 if it did.

        Raises:
            PermissionDenied: the caller is no moderator here.
            ViolationNotFound: there is none.
        """
        row = await self.get(caller, guild_id, violation_id)
        is_open = col(AutomodViolation.cleared_at).is_(None)
        return await self._clear(caller, guild_id, row.user_id, *_key(guild_id, violation_id), is_open)

    async def _clear(self, caller: Caller, guild_id: int, user_id: int, *which: Any) -> int:
        rules.require_moderator(caller, guild_id)

        async def clear(work: UnitOfWork) -> int:
            done = update(AutomodViolation).where(*which).values(cleared_at=utcnow())
            count = (await work.session.execute(done)).rowcount  # type: ignore[attr-defined]
            if count:
                details = {"violations": count}
                await self.audit(work, AuditRecord("automod.clear", guild_id, "user", user_id, "", details))
            return int(count)

        return await self.run(caller, clear)

    async def allow(self, caller: Caller, guild_id: int, violation_id: UUID) -> AutomodRule:
        """Have the rule let through from now on what it found, and dismiss the violation.

        Raises:
            PermissionDenied: the caller may not manage the server.
            ViolationNotFound: there is none.
            RuleNotFound: the rule is gone.
            InvalidInput: the rule goes by no words, links or invites.
        """
        from guildbase.features.automod.controller.rules import RuleController

        rules.require_manager(caller, guild_id)
        found = await self.get(caller, guild_id, violation_id)
        controller = self.services.get(RuleController)

        async def allow(work: UnitOfWork) -> AutomodRule:
            row = await require_rule(work.session, guild_id, found.rule_number or 0)
            trigger = dict(row.document["trigger"])
            field = _ALLOWING.get(trigger["type"])
            if field is None or not found.matched:
                raise InvalidInput(
                    _("A rule of the type {type} has nothing to let through.", type=trigger["type"]),
                    hint=_("`/automod rule edit` spares roles and channels."),
                )
            trigger[field] = list(dict.fromkeys([*trigger[field], found.matched]))
            wanted = given(row) | {"document": row.document | {"trigger": trigger}}
            await controller.put(work, row, read_input(wanted))
            return row

        row = await self.services.get(GuildController).change(caller, guild_id, allow)
        await self.dismiss(caller, guild_id, violation_id)
        return row


def _key(guild_id: int, violation_id: UUID) -> tuple[Any, Any]:
    return col(AutomodViolation.guild_id) == guild_id, col(AutomodViolation.violation_id) == violation_id


def _counting(guild_id: int, user_id: int) -> tuple[Any, ...]:
    return (
        col(AutomodViolation.guild_id) == guild_id,
        col(AutomodViolation.user_id) == user_id,
        col(AutomodViolation.cleared_at).is_(None),
        col(AutomodViolation.is_dry_run).is_(False),
    )
