"""Leaves soft-deleted rows out of every ORM SELECT, also within counts, EXISTS, subqueries and selectinload.

`joinedload` and a join along a relationship attribute are not covered; write the join with its condition,
or use selectinload.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from guildbase.database.mixins import SoftDeleteMixin

_criteria: dict[type[Any], Any] = {}


def _live_only(model: Any) -> Any:
    option = _criteria.get(model)
    if option is None:
        option = _criteria[model] = with_loader_criteria(model, model.deleted_at.is_(None), include_aliases=True)
    return option


def _soft_deletable(statement: Any) -> dict[type[Any], None]:
    """Every soft-deletable model anywhere in the statement, in order of appearance."""
    found: dict[type[Any], None] = {}
    for element in visitors.iterate(statement):
        entity = element._annotations.get("parententity")  # noqa: SLF001 - SQLAlchemy offers no public way.
        if entity is not None and issubclass(entity.class_, SoftDeleteMixin):
            found[entity.class_] = None
    return found


@event.listens_for(Session, "do_orm_execute")
def _leave_out_deleted(state: ORMExecuteState) -> None:
    if state.is_select and not state.is_column_load and not state.execution_options.get("include_deleted", False):
        options = [_live_only(model) for model in _soft_deletable(state.statement)]
        if options:
            state.statement = state.statement.options(*options)
