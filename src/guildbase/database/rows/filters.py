"""Conditions by field name: `Model.count(session, name="Kim", fed=[1, 2])`, checked against the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, ColumnElement, or_

from guildbase.core.errors import InvalidInput
from guildbase.database.base import Base


def equal_to(model: type[Base], wanted: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that each field has this value, one of these values, or none (None).

    Raises:
        InvalidInput: there is no such field, or it could never hold such a value.
    """
    return [_equal(model, name, value) for name, value in wanted.items()]


def _equal(model: type[Base], name: str, value: Any) -> ColumnElement[bool]:
    if name not in model.model_fields:
        fields = ", ".join(model.model_fields)
        raise InvalidInput(f"{model.__name__} has no field {name!r}.", hint=f"Its fields are {fields}.")
    if isinstance(model.__table__.columns[name].type, JSON):
        raise InvalidInput(f"{model.__name__}.{name} is a document, which cannot be compared.", hint="Use a condition.")
    column: ColumnElement[Any] = getattr(model, name)
    if value is None:
        return column.is_(None)
    if isinstance(value, list | tuple | set | frozenset):
        wanted = [model.validated_change({name: item})[name] for item in value if item is not None]
        # SQL's IN finds no NULL.
        return or_(column.in_(wanted), column.is_(None)) if None in value else column.in_(wanted)
    same: ColumnElement[bool] = column == model.validated_change({name: value})[name]
    return same
