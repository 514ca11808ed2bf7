"""Reads what is to last in many servers at once, to compare it with what Discord has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.features.moderation.controller.punishments import newest
from guildbase.features.moderation.kinds import CaseState, CaseType, PunishmentKind
from guildbase.features.moderation.models import ModerationCase, Punishment
from guildbase.features.moderation.rules import is_in_force
from guildbase.services.controller import BaseController

ENDED_BY = {
    PunishmentKind.BAN: CaseType.UNBAN,
    PunishmentKind.TIMEOUT: CaseType.UNTIMEOUT,
    PunishmentKind.MUTE: CaseType.UNMUTE,
    PunishmentKind.JAIL: CaseType.UNJAIL,
    PunishmentKind.VOICE_MUTE: CaseType.VOICE_UNMUTE,
    PunishmentKind.DEAFEN: CaseType.UNDEAFEN,
}
"""What somebody did by hand if the punishment is gone."""
SHORT = timedelta(minutes=1)
"""How long Discord may take to tell of the ban that is part of a soft ban."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """Something that was carried out and is to last."""

    guild_id: int
    user_id: int
    name: str
    kind: PunishmentKind
    number: int
    since: datetime
    expires_at: datetime | None
    role_id: int | None
    """The role of the muted or jailed, if the case says which."""


class ReconcileController(BaseController):
    """Knows what Discord should have."""

    async def lasting(self, guild_ids: Collection[int]) -> dict[int, list[Lasting]]:
        """Return by server what was carried out and is in force, with one statement; most servers have nothing.

        What is still to be carried out, or to be lifted, is left out: that is promised already.
        """
        case = and_(
            col(ModerationCase.guild_id) == col(Punishment.guild_id),
            col(ModerationCase.number) == col(Punishment.number),
        )
        in_force = (
            select(Punishment, ModerationCase)
            .join(ModerationCase, case)
            .where(
                col(Punishment.guild_id).in_(guild_ids),
                col(Punishment.is_lifting).is_(False),
                col(ModerationCase.state) == CaseState.CONFIRMED,
            )
        )
        found: dict[int, list[Lasting]] = {}
        async with self.reading() as session:
            for row, opened in await session.execute(in_force):
                found.setdefault(row.guild_id, []).append(_lasting(row, opened))
        return found

    async def is_ours(self, guild_id: int, user_id: int) -> bool:
        """Tell whether a ban that Discord tells of is the bot's own: by a case in force, or by a soft ban just now."""
        async with self.reading() as session:
            case = await newest(session, guild_id, user_id, PunishmentKind.BAN)
        if case is None:
            return False
        is_passing = case.case_type is CaseType.SOFTBAN and case.updated_at > utcnow() - SHORT
        return is_in_force(case) or is_passing


def _lasting(row: Punishment, case: ModerationCase) -> Lasting:
    role_id = case.details.get("role_id")
    return Lasting(
        guild_id=row.guild_id,
        user_id=row.user_id,
        name=case.target_name,
        kind=row.kind,
        number=row.number,
        since=case.created_at,
        expires_at=row.expires_at,
        role_id=int(role_id) if role_id is not None else None,
    )
