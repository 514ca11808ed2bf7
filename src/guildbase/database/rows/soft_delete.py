"""Rows that are deleted but kept: the mixin, and the filter that leaves them out of every ORM statement.

Statements on a bare `Table` are Core's and see everything.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, delete, event, inspect, text
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlmodel import Field, SQLModel, col
from sqlmodel._compat import SQLModelConfig
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.database.privacy import PSEUDONYMISE
from guildbase.database.rows.entities import entities_in
from guildbase.database.rows.stamps import ACTOR
from guildbase.database.types import Snowflake, optional_snowflake

INCLUDE_DELETED = "include_deleted"
"""The execution option with which a statement sees deleted rows too."""
_LIVE = text("deleted_at IS NULL")
_criteria: dict[type[Any], Any] = {}


class SoftDeleteMixin(SQLModel):
    """A deleted row stays and is left out of every statement unless `include_deleted` asks for it."""

    model_config = SQLModelConfig(ignored_types=(hybrid_property,))

    deleted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    deleted_by: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    """Filled in from who acts, unless `soft_delete` is told."""

    @hybrid_property
    def is_deleted(self) -> bool:
        """Whether the row is deleted; on the class, the condition that it is."""
        return self.deleted_at is not None

    @is_deleted.inplace.expression
    @classmethod
    def _is_deleted_condition(cls) -> ColumnElement[bool]:
        return col(cls.deleted_at).is_not(None)

    def soft_delete(self, by: int | None = None) -> None:
        """Mark the row as deleted; without `by`, by whoever acts when it is stored."""
        self.deleted_by = by
        self.deleted_at = utcnow()

    def restore(self) -> None:
        """Undo the deletion."""
        self.deleted_at = None
        self.deleted_by = None

    @classmethod
    async def purge(cls, session: AsyncSession, *conditions: ColumnElement[bool], before: datetime) -> int:
        """Remove for good what was deleted before then and meets the conditions; returns the number of rows."""
        gone = delete(cls).where(col(cls.deleted_at) < before, *conditions)
        result = await session.execute(gone, execution_options={INCLUDE_DELETED: True, "synchronize_session": False})
        return result.rowcount if isinstance(result, CursorResult) else 0


def live_unique_index(name: str, *columns: str) -> Index:
    """Return a unique index over the rows that are not deleted, so that a deleted one does not block its successor."""
    return Index(name, *columns, unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE)


def is_gone(row: object) -> bool:
    """Tell whether this is a row that is deleted softly."""
    return isinstance(row, SoftDeleteMixin) and row.is_deleted


def deleted_only(model: type[Any]) -> ColumnElement[bool]:
    """Return the condition that a row is deleted; raise InvalidInput for a model that keeps no such rows."""
    if not issubclass(model, SoftDeleteMixin):
        raise InvalidInput(f"{model.__name__} keeps no deleted rows.", hint="Leave only_deleted out.")
    return col(model.deleted_at).is_not(None)


def _live_only(model: type[SoftDeleteMixin]) -> Any:
    option = _criteria.get(model)
    if option is None:
        # Only a function is asked anew for each alias; a plain condition would filter the table alone in a join.
        option = with_loader_criteria(model, lambda entity: entity.deleted_at.is_(None), include_aliases=True)
        _criteria[model] = option
    return option


def _soft_deletable(statement: Any) -> Sequence[type[SoftDeleteMixin]]:
    return [model for model in entities_in(statement) if issubclass(model, SoftDeleteMixin)]


@event.listens_for(Session, "do_orm_execute")
def _leave_out_deleted(state: ORMExecuteState) -> None:
    is_meant = not (state.is_insert or state.is_column_load or state.execution_options.get(INCLUDE_DELETED, False))
    # Looking through a statement takes time, which is saved where no model is soft-deletable.
    if not is_meant or not SoftDeleteMixin.__subclasses__():
        return
    if state.is_delete and state.bind_mapper is not None and issubclass(state.bind_mapper.class_, SoftDeleteMixin):
        name = state.bind_mapper.class_.__name__
        raise RuntimeError(f"{name} is deleted softly: use {name}.delete_many, or {name}.purge to remove it for good.")
    options = [_live_only(model) for model in _soft_deletable(state.statement)]
    if options:
        state.statement = state.statement.options(*options)


@event.listens_for(Session, "before_flush")
def _stamp_deletions(session: Session, _context: Any, _instances: Any) -> None:
    actor = session.info.get(ACTOR)
    if actor is None:
        return
    for row in (*session.new, *session.dirty):
        if isinstance(row, SoftDeleteMixin) and row.deleted_at is not None and row.deleted_by is None:
            is_deleted_now = inspect(row).attrs.deleted_at.history.has_changes()
            row.deleted_by = actor if is_deleted_now else None
