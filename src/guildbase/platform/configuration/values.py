"""Values of settings as people type and read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.platform.configuration.fields import Kind, SettingField

LONGEST_SHOWN = 150
"""Characters of a text that are shown in a list of settings."""
MOST_SHOWN = 10
"""Items of a list that are shown."""
NOTHING = frozenset({"none", "nothing", "-"})
"""Words that stand for no value, and for an empty list."""
_IDS = {Kind.ROLE: "<@&{}>", Kind.CHANNEL: "<#{}>", Kind.USER: "<@{}>"}
_SPECIAL = re.compile(r"([\\*_~`|>#\[\]()<@])")

Find = Callable[[Kind, str], int | None]
"""Finds a role, channel or person of the server by what was typed."""


def read_value(field: SettingField, text: str, find: Find) -> Any:
    """Return what was typed as a value to be checked by the model.

    Raises:
        InvalidInput: it is no JSON, where only JSON will do.
    """
    text = text.strip()
    is_nothing = text.lower() in NOTHING or text.lower() == _("nothing")
    if is_nothing and field.is_many:
        return []
    if is_nothing and field.is_optional:
        return None
    if field.kind is Kind.OTHER:
        return _read_json(field, text)
    if field.is_many:
        return [_read_one(field, part, find) for part in _parts(field, text)]
    return _read_one(field, text, find)


def written(field: SettingField, value: Any) -> str:
    """Return a value (JSON) as it would be typed, for a form to begin with."""
    if value is None or value == []:
        return ""
    if field.kind is Kind.OTHER:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if field.is_many:
        return "\n".join(_written_one(field, it) for it in value)
    return _written_one(field, value)


def shown(field: SettingField | None, value: Any) -> str:
    """Return a value (JSON) for an embed: what members wrote is plain text there, ids are names."""
    if value is None:
        return _("nothing")
    if isinstance(value, list) and field is not None and field.kind is not Kind.OTHER:
        listed = ", ".join(_shown_one(field, it) for it in value[:MOST_SHOWN])
        more = len(value) - MOST_SHOWN
        return listed + (_(" and {count} more", count=more) if more > 0 else "") or _("nothing")
    return _shown_one(field, value)


def plain(text: str, longest: int = LONGEST_SHOWN) -> str:
    """Return somebody's text as one that an embed shows as it is, cut to so many characters before."""
    text = " ".join(text.split())
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return _SPECIAL.sub(r"\\\1", text)


def code(name: str) -> str:
    """Return the name of a setting for an embed, in which it is plain whatever its letters."""
    return f"`{' '.join(name.replace('`', chr(39)).split())[:LONGEST_SHOWN]}`"


def _shown_one(field: SettingField | None, value: Any) -> str:
    kind = field.kind if field is not None else Kind.OTHER
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if kind in _IDS and str(value).isdecimal():
        return _IDS[kind].format(value)
    if kind is Kind.COLOUR and isinstance(value, int):
        return f"`#{value:06X}`"
    if kind is Kind.EMOJI:
        return str(value)
    if isinstance(value, str):
        return plain(value) if value else _("empty")
    return plain(orjson.dumps(value).decode())


def _written_one(field: SettingField, value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"#{value:06X}" if field.kind is Kind.COLOUR and isinstance(value, int) else str(value)


def _read_one(field: SettingField, text: str, find: Find) -> Any:
    if field.kind in _IDS and (found := find(field.kind, text)) is not None:
        return found
    if field.kind is Kind.BOOL:
        return {_("on"): True, _("off"): False}.get(text.lower(), text)
    if field.kind is Kind.CHOICE:
        # A choice may be a number; people type text.
        return next((it for it in field.choices if str(it).lower() == text.lower()), text)
    if field.kind is Kind.PERMISSIONS and text.isdecimal():
        return int(text)
    return text


def _parts(field: SettingField, text: str) -> list[str]:
    """Split a list at commas and line ends, mentions also at spaces; texts at line ends if there are any."""
    pattern = (r"\n" if "\n" in text else ",") if field.kind is Kind.TEXT else r"[\n,]+|\s+(?=<)"
    return [part.strip() for part in re.split(pattern, text) if part.strip()]


def _read_json(field: SettingField, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidInput(
            _("`{key}` takes JSON, and this is none.", key=field.key),
            hint=_("An example: {example}", example='{"name": "value"}'),
        ) from None
