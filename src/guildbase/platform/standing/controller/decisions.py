"""What decisions here and everywhere have in common: their checks, their columns and their audit rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.standing import rules
from guildbase.platform.standing.models import GlobalStanding, GuildStanding, StandingStatus, SubjectKind
from guildbase.platform.standing.rules import Decision
from guildbase.services.container import BotServices
from guildbase.services.outbox import Outbox

LEAVE_GUILD = "standing.leave_guild"
"""The effect that takes the bot out of a blocked server; `effects.py` runs it."""


class StandingNotFound(NotFound):
    """Nothing was decided about them."""

    code = "standing_not_found"

    def __init__(self) -> None:
        super().__init__(_("They are neither blocked nor trusted."), hint=_("`/blocklist list` shows who is."))


def checked(caller: Caller, decision: Decision) -> dict[str, Any]:
    """Return the columns of the decision.

    Raises:
        InvalidInput: it is no sound one.
    """
    if problems := rules.problems(decision, utcnow()):
        raise InvalidInput(" ".join(problems.values()), hint=_("Nothing was changed."), problems=problems)
    return columns(caller, decision)


def columns(caller: Caller, decision: Decision) -> dict[str, Any]:
    """Return the columns of a decision that is known to be sound."""
    return {
        "status": decision.status,
        "reason": decision.reason.strip(),
        "expires_at": decision.expires_at,
        "is_silent": decision.is_silent,
        "set_by_id": caller.user_id,
        "set_by_name": caller.name[:100],
        "created_at": utcnow(),
    }


def record(
    decision: Decision, guild_id: int | None, kind: SubjectKind, subject_id: int, reason: str | None = None
) -> AuditRecord:
    """Return the audit row of a decision, which has a reason of its own unless it is part of something larger."""
    until = None if decision.expires_at is None else decision.expires_at.isoformat()
    details = {"until": until, "is_silent": decision.is_silent}
    return AuditRecord(_action(decision.status), guild_id, kind, subject_id, reason or decision.reason, details)


def lifted(
    row: GuildStanding | GlobalStanding,
    guild_id: int | None,
    kind: SubjectKind,
    subject_id: int,
    reason: str | None = None,
) -> AuditRecord:
    """Return the audit row of a standing that is gone."""
    return AuditRecord("standing.lift", guild_id, kind, subject_id, reason or row.reason, {"was": str(row.status)})


def _action(status: StandingStatus) -> str:
    return "standing.block" if status is StandingStatus.BLOCKED else "standing.trust"


def in_force(model: type[GuildStanding] | type[GlobalStanding], *, is_past: bool) -> ColumnElement[bool]:
    """Return the condition for what counts now, or for what ran out."""
    ends, now = col(model.expires_at), utcnow()
    return ends <= now if is_past else or_(ends.is_(None), ends > now)


def is_block(row: GlobalStanding | None) -> bool:
    """Tell whether the row, if there is one, is a block that counts now."""
    if row is None or row.status is not StandingStatus.BLOCKED:
        return False
    return row.expires_at is None or row.expires_at > utcnow()


async def promise_to_leave(services: BotServices, work: UnitOfWork, guild_id: int) -> None:
    """Have the bot leave the server once the transaction is committed."""
    await services.get(Outbox).promise(work, LEAVE_GUILD, {}, guild_id=guild_id)
