"""The statements that open and end a case on PostgreSQL: all rows or none, in one round trip.

Each writes what the steps of its controller write, and takes its locks in the same order. A test compares the rows of
both ways.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Interval,
    Select,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    update,
)

from guildbase.database.connections.prebuilt import Prebuilt
from guildbase.database.rows.insert_from import insert_from
from guildbase.features.moderation.kinds import ENFORCE, LOG_CASE, CaseSource, CaseState, NoticeState
from guildbase.features.moderation.models import CaseLogMessage, ModerationCase, Punishment
from guildbase.platform.guilds.models import DEFAULT_LOCALE, Guild, GuildConfig, GuildCounter
from guildbase.platform.telemetry.queries import audited
from guildbase.platform.users.models import Member, User
from guildbase.services.due_work import DueItem, DueState
from guildbase.services.due_work.models import RUNNING
from guildbase.services.outbox import EffectState, OutboxEffect, Priority

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

COUNTER = "case"
"""The kind of number that the guild's counter counts."""
CASE_COLUMNS = {
    "guild_id", "case_type", "target_id", "target_name", "moderator_id", "moderator_name", "reason", "request_id",
}  # fmt: skip
"""What the statement takes from the case as it is."""

_GUILD: dict[str, Any] = {"guild_id": bindparam("guild_id")}
_TARGET: dict[str, Any] = {"user_id": bindparam("target_id")}
_NOW: Any = bindparam("now")
_TIMES = {"created_at": _NOW, "updated_at": _NOW}


def _after(earlier: CTE) -> ColumnElement[bool]:
    """Return a condition that always holds, but not before: left alone, PostgreSQL picks the order of the parts."""
    return select(func.count()).select_from(earlier).scalar_subquery() >= 0


def _ensured(model: Any, condition: ColumnElement[bool], **values: Any) -> CTE:
    """Return the part that makes the row if it is not there."""
    made = insert_from(model, condition, **values).on_conflict_do_nothing()
    return made.returning(*model.__table__.primary_key).cte(f"ensured_{model.__tablename__}")


def _numbered(condition: ColumnElement[bool]) -> CTE:
    """Return the part that takes the guild's next number of a case; its row lock keeps numbers dense."""
    first = insert_from(GuildCounter, condition, **_GUILD, kind=COUNTER, value=1)
    counter = GuildCounter.__table__.c
    counted = first.on_conflict_do_update(index_elements=["guild_id", "kind"], set_={"value": counter.value + 1})
    return counted.returning(cast(counter.value, Integer).label("number")).cte("counted")


@cache
def open_case() -> Prebuilt:
    """Return what opens a case and gives its number and the number of its effect; made at its first use."""
    return Prebuilt(_open_case())


def _open_case() -> Select[Any]:
    guild = _ensured(Guild, literal(True), **_GUILD, **_TIMES, joined_at=_NOW)
    by: dict[str, Any] = {"created_by": bindparam("moderator_id"), "updated_by": bindparam("moderator_id")}
    settings = {**by, "prefix": bindparam("prefix"), "locale": DEFAULT_LOCALE}
    config = _ensured(GuildConfig, _after(guild), **_GUILD, **_TIMES, **settings)
    user = _ensured(User, _after(config), **_TARGET, **_TIMES)
    member = _ensured(Member, _after(user), **_GUILD, **_TARGET, **_TIMES)
    number = _numbered(_after(member))
    case = insert_from(
        ModerationCase,
        number,
        **_GUILD,
        **_TIMES,
        **{name: bindparam(name) for name in sorted(CASE_COLUMNS - {"guild_id"})},
        number=number.c.number,
        state=CaseState.OPEN,
        notice=NoticeState.PENDING,
        source=CaseSource.COMMAND,
        is_hidden=False,
        details=func.jsonb_build_object(),
    )
    opened = case.returning(ModerationCase.__table__.c.number).cte("opened")
    by = {"actor_id": bindparam("moderator_id"), "actor_name": bindparam("moderator_name")}
    told = _audited(opened, bindparam("target_id"), **by, reason=bindparam("reason"), created_at=_NOW)
    promised = _promised(opened, bindparam("effect"), opened.c.number, Priority.MODERATION)
    effect = promised.returning(OutboxEffect.__table__.c.effect_id).cte("promised")
    both = opened.join(effect, true())
    return select(opened.c.number, effect.c.effect_id).select_from(both).add_cte(told)


def _audited(case: CTE, target_id: ColumnElement[int], **values: Any) -> CTE:
    """Return the part that writes the audit row about a case."""
    about: dict[str, Any] = {"target_type": "user", "target_id": target_id}
    return audited(case, **_GUILD, **about, details=func.jsonb_build_object("case", case.c.number), **values)


def _promised(source: FromClause | ColumnElement[bool], kind: Any, number: Any, priority: Priority) -> Insert:
    """Return the INSERT of the promise of an effect about a case."""
    return insert_from(
        OutboxEffect,
        source,
        **_GUILD,
        **dict.fromkeys(("created_at", "updated_at", "due_at"), func.statement_timestamp()),
        kind=kind,
        payload=func.jsonb_build_object("number", number),
        priority=priority,
        state=EffectState.PENDING,
        attempts=0,
    )


@cache
def expire() -> Prebuilt:
    """Return what ends a case that decides and is over; it gives whom it is about and the number of its effect.

    No row means that nothing of it was done: the work is no longer this worker's, or there is more to be judged.
    """
    return Prebuilt(_expire())


def _expire() -> Select[Any]:
    now = func.statement_timestamp() + bindparam("ahead", type_=Interval())
    row, case, work = Punishment.__table__.c, ModerationCase.__table__.c, DueItem.__table__.c
    number: Any = bindparam("number", type_=case.number.type)
    decides = (row.guild_id == bindparam("guild_id"), row.number == number)
    is_over = (row.is_lifting.is_(False), row.expires_at <= now)
    held = select(row.user_id).where(*decides, *is_over).with_for_update().cte("held")
    claim = (work.work_id == bindparam("work_id"), work.version == bindparam("version"), RUNNING)
    done = update(DueItem.__table__).where(*claim, select(held).exists())
    freed = {"worker": None, "lease_until": None, "error": None}
    ours = done.values(**freed, state=DueState.DONE, finished_at=now).returning(work.work_id).cte("ours")
    is_meant = (case.guild_id == bindparam("guild_id"), case.number == number)
    in_force = or_(case.state == CaseState.OPEN, case.state == CaseState.CONFIRMED)
    end = update(ModerationCase.__table__).where(*is_meant, in_force, select(ours).exists())
    end = end.values(state=CaseState.EXPIRED, ended_at=now, updated_at=now)
    ended = end.returning(case.number, case.target_id).cte("ended")
    lifted = update(Punishment.__table__).where(*decides, select(ended).exists()).values(is_lifting=True)
    by_nobody = {"actor_id": None, "actor_name": bindparam("actor_name"), "reason": "", "created_at": now}
    effect = _promised(ended, ENFORCE, ended.c.number, Priority.MODERATION)
    promised = effect.returning(OutboxEffect.__table__.c.effect_id).cte("promised")
    logged = _promised(_logged(ended), LOG_CASE, number, Priority.NORMAL)
    others = (
        lifted.cte("lifted"),
        _audited(ended, ended.c.target_id, **by_nobody),
        logged.cte("logged"),
    )
    return select(ended.c.target_id, promised.c.effect_id).select_from(ended.join(promised, true())).add_cte(*others)


def _logged(ended: CTE) -> ColumnElement[bool]:
    """Return whether the mod-log shows the case, or is to."""
    config, message = GuildConfig.__table__.c, CaseLogMessage.__table__.c
    has_log = select(config.guild_id).where(config.guild_id == bindparam("guild_id"), config.mod_log_channel_id > 0)
    number = bindparam("number", type_=message.number.type)
    is_shown = select(message.number).where(message.guild_id == bindparam("guild_id"), message.number == number)
    return select(ended).exists() & or_(has_log.exists(), is_shown.exists())
