"""What lasts for a person: which case decides, what it replaces, and what comes back if it fails.

All of it happens in the transaction of the case. Who opens, fails or extends a case holds the lock of the guild's
counter; who ends one holds its row here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict
from guildbase.core.i18n import _
from guildbase.database.rows.upsert import insert_rows
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import rules
from guildbase.features.moderation.kinds import EXPIRE, MAX_NUMBER, CaseState, Notice, PunishmentKind
from guildbase.features.moderation.models import CaseRole, ModerationCase, Punishment
from guildbase.services.due_work import DueWork, NewItem

TIMEOUT_AT_ONCE = timedelta(days=28)
"""The longest time-out that Discord takes; a longer one is renewed before that is over."""
RENEWAL = timedelta(days=27)


class AlreadySo(Conflict):
    """The person is punished like this already, or not at all."""

    code = "already_so"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be on Discord for one person and kind."""

    number: int
    """The case that says so."""
    is_free: bool
    expires_at: datetime | None
    role_id: int | None
    """The role of the muted or jailed, if the case says which."""


async def locked(session: AsyncSession, guild_id: int, user_id: int, kind: PunishmentKind) -> Punishment | None:
    """Return what is decided about the person, and keep others from changing it till the transaction ends."""
    key = (col(Punishment.guild_id) == guild_id, col(Punishment.user_id) == user_id, col(Punishment.kind) == kind)
    return (await session.execute(select(Punishment).where(*key).with_for_update())).scalar_one_or_none()


async def locked_of(session: AsyncSession, guild_id: int, number: int) -> Punishment | None:
    """Return what this case decides, if it is the one that decides, and keep others from changing it."""
    of_case = (col(Punishment.guild_id) == guild_id, col(Punishment.number) == number)
    return (await session.execute(select(Punishment).where(*of_case).with_for_update())).scalar_one_or_none()


async def decide(work: UnitOfWork, due: DueWork, case: ModerationCase) -> int | None:
    """Let the new case decide, and return the number of the case whose punishment it ends or replaces.

    Raises:
        AlreadySo: it would change nothing.
    """
    kind = rules.plan_of(case.case_type).kind
    if kind is None:
        if case.expires_at is not None:
            await schedule(work, due, case)
        return None
    row = await locked(work.session, case.guild_id, case.target_id, kind)
    older = await work.session.get(ModerationCase, (case.guild_id, row.number)) if row else None
    in_force = older if older is not None and rules.is_in_force(older) else None
    _refuse_what_changes_nothing(case, in_force)
    if older is not None:
        await _take_over(work, older, case)
    if in_force is not None:
        in_force.ended_at, in_force.ending_case = utcnow(), case.number
        await due.cancel(work, expiry_key(in_force))
    await _store(work, due, case, row)
    return in_force.number if in_force else None


async def came_late(work: UnitOfWork, case: ModerationCase, done_at: datetime) -> bool:
    """Tell whether a later case decides already, because Discord told late of this one; then it is over from the start.

    Without this, the ban by hand that a moderator has just lifted here would be taken for a newer decision.
    """
    kind = rules.plan_of(case.case_type).kind
    if kind is None:
        return False
    newer = await newest(work.session, case.guild_id, case.target_id, kind, before=case.number)
    if newer is None or newer.created_at <= done_at:
        return False
    case.ended_at, case.ending_case = utcnow(), newer.number
    return True


def _refuse_what_changes_nothing(case: ModerationCase, in_force: ModerationCase | None) -> None:
    plan = rules.plan_of(case.case_type)
    if plan.kind is PunishmentKind.JAIL and plan.ends and in_force is None:
        raise AlreadySo(_("They are not in jail."), hint=_("`/cases` shows what was done."))
    # What was done by hand may not be what the case says any more, so only our own words are compared.
    is_softban = plan.ends is not None and plan.notice is Notice.BEFORE
    is_repeated = plan.starts is not None and case.expires_at is None and case.state is CaseState.OPEN
    if in_force is not None and in_force.expires_at is None and (is_repeated or is_softban):
        raise AlreadySo(
            _("Case #{number} does that already, and it has no end.", number=in_force.number),
            hint=_("`/case reason` changes its reason."),
        )


async def _take_over(work: UnitOfWork, older: ModerationCase, case: ModerationCase) -> None:
    """Keep what is needed to give everything back: the role that they have, and the roles that they had."""
    if (role_id := older.details.get("role_id")) is not None:
        case.details = {**case.details, "role_id": role_id}
    kept = select(col(CaseRole.guild_id), literal(case.number), col(CaseRole.role_id)).where(
        col(CaseRole.guild_id) == older.guild_id, col(CaseRole.number) == older.number
    )
    await work.session.flush()
    await work.session.execute(insert(CaseRole).from_select(["guild_id", "number", "role_id"], kept))


async def _store(work: UnitOfWork, due: DueWork, case: ModerationCase, row: Punishment | None) -> None:
    plan = rules.plan_of(case.case_type)
    if plan.ends is not None and case.state is CaseState.CONFIRMED:  # It was done by hand.
        if row is not None:
            await work.session.delete(row)
        return
    assert plan.kind is not None  # noqa: S101 - the caller has looked.
    if row is None:
        row = Punishment(guild_id=case.guild_id, user_id=case.target_id, kind=plan.kind, number=case.number)
        work.session.add(row)
    row.number, row.expires_at, row.is_lifting = case.number, case.expires_at, plan.ends is not None
    if case.expires_at is not None:
        await schedule(work, due, case)


async def give_way(work: UnitOfWork, due: DueWork, case: ModerationCase, row: Punishment) -> ModerationCase | None:
    """Give the older case its place back, because this one failed; return it if its punishment is in force again."""
    older = await newest(work.session, case.guild_id, case.target_id, row.kind)
    if older is None or not rules.is_in_force(older):
        await work.session.delete(row)
        return None
    older.ended_at = older.ending_case = None
    row.number, row.expires_at, row.is_lifting = older.number, older.expires_at, False
    if older.expires_at is not None:
        await schedule(work, due, older)
    return older


async def newest(
    session: AsyncSession, guild_id: int, user_id: int, kind: PunishmentKind, *, before: int = MAX_NUMBER
) -> ModerationCase | None:
    """Return the case that decides, from the cases themselves: those with lower numbers than `before`."""
    about = (
        col(ModerationCase.guild_id) == guild_id,
        col(ModerationCase.target_id) == user_id,
        col(ModerationCase.case_type).in_(rules.deciders(kind)),
        col(ModerationCase.number) < before,
    )
    order = col(ModerationCase.number).desc()
    found = (await session.execute(select(ModerationCase).where(*about).order_by(order).limit(50))).scalars()
    return rules.deciding(found)


async def decision(session: AsyncSession, guild_id: int, user_id: int, kind: PunishmentKind) -> Decision | None:
    """Return what is to be on Discord, or None if no case says anything."""
    row = await session.get(Punishment, (guild_id, user_id, kind))
    if row is not None:
        case = await session.get(ModerationCase, (guild_id, row.number))
    else:
        case = await newest(session, guild_id, user_id, kind)
    if case is None:
        return None
    is_free = not rules.is_in_force(case)
    role_id = case.details.get("role_id")
    return Decision(case.number, is_free, None if is_free else case.expires_at, int(role_id) if role_id else None)


async def schedule(work: UnitOfWork, due: DueWork, case: ModerationCase) -> None:
    """Have the case ended when its time is over, or Discord told again of a long time-out."""
    payload, at = {"number": case.number}, _due_at(case)
    await due.schedule(work, EXPIRE, payload, due_at=at, guild_id=case.guild_id, unique_key=expiry_key(case))


async def decide_all(work: UnitOfWork, due: DueWork, cases: Sequence[ModerationCase]) -> None:
    """Let these new cases decide about people who are free; IntegrityError if somebody is not any more."""
    kinds = ((case, rules.plan_of(case.case_type).kind) for case in cases)
    names = ("guild_id", "number", "expires_at")
    rows = [
        {name: getattr(case, name) for name in names} | {"user_id": case.target_id, "kind": kind}
        for case, kind in kinds
        if kind is not None
    ]
    await insert_rows(work.session, Punishment, rows)
    items = [
        NewItem({"number": case.number}, _due_at(case), case.guild_id, expiry_key(case))
        for case in cases
        if case.expires_at is not None
    ]
    await due.schedule_all(work, EXPIRE, items)


def _due_at(case: ModerationCase) -> datetime:
    assert case.expires_at is not None  # noqa: S101 - only what ends is scheduled.
    if rules.plan_of(case.case_type).starts is PunishmentKind.TIMEOUT:
        return min(case.expires_at, utcnow() + RENEWAL)
    return case.expires_at


def expiry_key(case: ModerationCase) -> str:
    """Return the key of the work that ends the case. No id of a person: erasing their data must not forget it."""
    return f"{EXPIRE}:{case.guild_id}:{case.number}"
