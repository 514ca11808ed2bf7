"""The one statement that opens a case on PostgreSQL: all its rows or none, in one round trip.

It writes what the steps of `ModerationController` write, and takes its locks in the same order. A test compares
the rows of both ways.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
)

from guildbase.database.connections.prebuilt import Prebuilt
from guildbase.features.moderation.models import CaseState, ModerationCase, NoticeState
from guildbase.platform.guilds.models import DEFAULT_LOCALE, Guild, GuildConfig, GuildCounter
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.platform.users.models import Member, User
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


def _insert(model: Any, source: ColumnElement[bool] | FromClause, **values: Any) -> Insert:
    """Return the INSERT of one row: for the one row of the source, or because the condition holds."""
    from sqlalchemy.dialects.postgresql import insert

    table: Table = model.__table__
    row = select(*(_typed(value, table.c[name].type) for name, value in values.items()))
    row = row.select_from(source) if isinstance(source, FromClause) else row.where(source)
    return insert(table).from_select(list(values), row, include_defaults=False)


def _typed(value: Any, column_type: Any) -> ColumnElement[Any]:
    """Give a parameter or a constant the type of the column that it goes to."""
    if not isinstance(value, ColumnElement):
        return literal(value, column_type)
    return bindparam(value.key, type_=column_type) if value.__visit_name__ == "bindparam" else value


def _after(earlier: CTE) -> ColumnElement[bool]:
    """Return a condition that always holds, but not before: left alone, PostgreSQL picks the order of the parts."""
    return select(func.count()).select_from(earlier).scalar_subquery() >= 0


def _ensured(model: Any, condition: ColumnElement[bool], **values: Any) -> CTE:
    """Return the part that makes the row if it is not there."""
    made = _insert(model, condition, **values).on_conflict_do_nothing()
    return made.returning(*model.__table__.primary_key).cte(f"ensured_{model.__tablename__}")


def _numbered(condition: ColumnElement[bool]) -> CTE:
    """Return the part that takes the guild's next number of a case; its row lock keeps numbers dense."""
    first = _insert(GuildCounter, condition, **_GUILD, kind=COUNTER, value=1)
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
    case = _insert(
        ModerationCase,
        number,
        **_GUILD,
        **_TIMES,
        **{name: bindparam(name) for name in sorted(CASE_COLUMNS - {"guild_id"})},
        number=number.c.number,
        state=CaseState.OPEN,
        notice=NoticeState.PENDING,
    )
    opened = case.returning(ModerationCase.__table__.c.number).cte("opened")
    audited = _insert(
        AuditEntry,
        opened,
        **_GUILD,
        audit_id=bindparam("audit_id"),
        actor_id=bindparam("moderator_id"),
        actor_name=bindparam("moderator_name"),
        action=bindparam("action"),
        target_type="user",
        target_id=bindparam("target_id"),
        reason=bindparam("reason"),
        details=func.jsonb_build_object("case", opened.c.number),
        correlation_id=bindparam("correlation_id"),
        created_at=_NOW,
    )
    promised = _insert(
        OutboxEffect,
        opened,
        **_GUILD,
        **dict.fromkeys(("created_at", "updated_at", "due_at"), func.statement_timestamp()),
        kind=bindparam("effect"),
        payload=func.jsonb_build_object("number", opened.c.number),
        priority=Priority.MODERATION,
        state=EffectState.PENDING,
        attempts=0,
    )
    effect = promised.returning(OutboxEffect.__table__.c.effect_id).cte("promised")
    both = opened.join(effect, true())
    return select(opened.c.number, effect.c.effect_id).select_from(both).add_cte(audited.cte("audited"))
