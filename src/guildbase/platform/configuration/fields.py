"""What kinds of values the fields of a settings model take, so that pickers, forms and pages can be made of it."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo

from guildbase.core import validators
from guildbase.core.feature_settings import FeatureSettings


class Kind(StrEnum):
    """How a value is picked and shown."""

    BOOL = "bool"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    ROLE = "role"
    CHANNEL = "channel"
    USER = "user"
    MESSAGE = "message"
    COLOUR = "colour"
    DURATION = "duration"
    EMOJI = "emoji"
    LOCALE = "locale"
    TIME_ZONE = "time_zone"
    PERMISSIONS = "permissions"
    INVITE = "invite"
    OTHER = "other"
    """JSON of its own form, such as a table."""


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of a settings model; bounds are of the number, or of the text's length in characters."""

    key: str
    kind: Kind
    """Of the value, or of each value if there are many."""
    description: str = ""
    default: Any = None
    """As JSON."""
    is_optional: bool = False
    """Whether it may be nothing (null)."""
    is_many: bool = False
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    fewest: int | None = None
    """Items that a list has at least."""
    most: int | None = None
    """Items that a list has at most."""


_BY_CHECK: dict[Any, Kind] = {
    validators.check_role_id: Kind.ROLE,
    validators.check_channel_id: Kind.CHANNEL,
    validators.check_user_id: Kind.USER,
    validators.check_message_id: Kind.MESSAGE,
    validators.check_colour: Kind.COLOUR,
    validators.check_duration: Kind.DURATION,
    validators.check_emoji: Kind.EMOJI,
    validators.check_locale: Kind.LOCALE,
    validators.check_time_zone: Kind.TIME_ZONE,
    validators.check_permissions: Kind.PERMISSIONS,
    validators.check_invite: Kind.INVITE,
}
_BY_TYPE: dict[Any, Kind] = {
    bool: Kind.BOOL,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    str: Kind.TEXT,
    timedelta: Kind.DURATION,
}
_LISTS = (tuple, list, set, frozenset)


@cache
def fields_of(model: type[FeatureSettings]) -> Mapping[str, SettingField]:
    """Return the fields of the model in its order, by key."""
    defaults = model.defaults().model_dump(mode="json")
    found = {}
    for key, info in model.model_fields.items():
        blank = SettingField(key, Kind.OTHER, info.description or "", defaults[key])
        found[key] = _of(info.annotation, info.metadata, blank)
    return types.MappingProxyType(found)


def _of(annotation: Any, metadata: Iterable[Any], field: SettingField) -> SettingField:
    """Return the field with what the type says of it."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _of(inside[0], [*_flat(inside[1:]), *metadata], field)
    if origin in (Union, types.UnionType):
        kinds = [it for it in inside if it is not types.NoneType]
        # What may be of several kinds has no picker.
        return replace(_of(kinds[0], metadata, field), is_optional=True) if len(kinds) == 1 else field
    if origin in _LISTS and not field.is_many:
        return _of_list([it for it in inside if it is not Ellipsis], metadata, field)
    return _bounded(_plain(annotation, metadata, field), metadata)


def _of_list(kinds: list[Any], metadata: Iterable[Any], field: SettingField) -> SettingField:
    bounds = _bounds(metadata)
    listed = replace(field, is_many=True, fewest=bounds.get("min_length"), most=bounds.get("max_length"))
    item = _of(kinds[0], (), listed) if len(kinds) == 1 else field
    # A list of lists, or of tables, has no picker.
    return field if item.kind is Kind.OTHER or item.is_optional else item


def _plain(annotation: Any, metadata: Iterable[Any], field: SettingField) -> SettingField:
    for one in metadata:
        if isinstance(one, BeforeValidator) and (kind := _BY_CHECK.get(one.func)) is not None:
            return replace(field, kind=kind, choices=validators.LOCALES if kind is Kind.LOCALE else ())
    if get_origin(annotation) is Literal:
        return replace(field, kind=Kind.CHOICE, choices=get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return replace(field, kind=Kind.CHOICE, choices=tuple(it.value for it in annotation))
    return replace(field, kind=_BY_TYPE.get(annotation, Kind.OTHER))


def _bounded(field: SettingField, metadata: Iterable[Any]) -> SettingField:
    bounds = _bounds(metadata)
    if field.kind is Kind.TEXT:
        return replace(field, low=bounds.get("min_length"), high=bounds.get("max_length"))
    if field.kind in (Kind.INTEGER, Kind.NUMBER):
        return replace(field, low=bounds.get("ge", bounds.get("gt")), high=bounds.get("le", bounds.get("lt")))
    return field


def _bounds(metadata: Iterable[Any]) -> dict[str, Any]:
    """Return the bounds that annotations and Pydantic's own constraints name."""
    names = ("ge", "gt", "le", "lt", "min_length", "max_length")
    return {name: value for one in metadata for name in names if (value := getattr(one, name, None)) is not None}


def _flat(metadata: Iterable[Any]) -> list[Any]:
    """Return what is said of a type, with what a `Field` in it says."""
    return [it for one in metadata for it in (one.metadata if isinstance(one, FieldInfo) else [one])]
