"""What rows keep about themselves: when and by whom they were written, and how often they were changed.

The unit of work says who acts; nobody passes it by hand, neither for a row nor for a change of many.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import event, func
from sqlalchemy.orm import InstrumentedAttribute, ORMExecuteState, Session, declared_attr
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.snowflake import check_snowflake
from guildbase.database.privacy import PSEUDONYMISE
from guildbase.database.types import Snowflake, optional_snowflake

ACTOR = "actor_id"
"""Where a session's `info` holds the id of the user who acts, if there is one."""


class TimestampMixin(SQLModel):
    """`created_at` and `updated_at`, aware UTC, kept by the ORM with server defaults for other writers."""

    created_at: datetime = Field(
        default_factory=utcnow, sa_type=UTCDateTime, nullable=False, sa_column_kwargs={"server_default": func.now()}
    )
    updated_at: datetime = Field(
        default_factory=utcnow,
        sa_type=UTCDateTime,
        nullable=False,
        sa_column_kwargs={"server_default": func.now(), "onupdate": utcnow},
    )


class AuditMixin(SQLModel):
    """Who made and last changed the row; the unit of work fills both in from its caller."""

    created_by: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    updated_by: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)


class VersionMixin(SQLModel):
    """Optimistic locking: storing a row that somebody else has changed since it was read raises Conflict."""

    version: int = Field(default=1, ge=1, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it with the class.
        """Let SQLAlchemy compare and count up the version with every change."""
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class DiscordIDMixin(SQLModel):
    """Checks Discord ids."""

    @staticmethod
    def validate_snowflake(value: int) -> int:
        """Return the id; raise ValueError when no Discord object can have it."""
        return check_snowflake(value)


def stamped(model: type[Any], values: dict[str, Any], actor: int | None) -> dict[str, Any]:
    """Return the values of a new row with who made it, unless they say it themselves."""
    if actor is None or not issubclass(model, AuditMixin):
        return values
    return {**values, "created_by": values["created_by"] or actor, "updated_by": actor}


@event.listens_for(Session, "before_flush")
def _stamp_rows(session: Session, _context: Any, _instances: Any) -> None:
    actor = session.info.get(ACTOR)
    if actor is None:
        return
    for row in session.new:
        if isinstance(row, AuditMixin):
            row.created_by = row.created_by or actor
            row.updated_by = actor
    for row in session.dirty:
        if isinstance(row, AuditMixin) and session.is_modified(row):
            row.updated_by = actor


@event.listens_for(Session, "do_orm_execute")
def _stamp_bulk_change(state: ORMExecuteState) -> None:
    """Do for an UPDATE of many rows what a flush does for one."""
    if not state.is_update or state.bind_mapper is None:
        return
    model, actor = state.bind_mapper.class_, state.session.info.get(ACTOR)
    stamps: dict[str, Any] = {}
    if actor is not None and issubclass(model, AuditMixin):
        stamps["updated_by"] = actor
    if issubclass(model, VersionMixin):
        version: InstrumentedAttribute[int] = model.version  # type: ignore[assignment]
        stamps["version"] = version + 1
    if stamps:
        state.statement = state.statement.values(**stamps)  # type: ignore[attr-defined]
