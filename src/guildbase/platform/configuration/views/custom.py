"""How a server's own settings and their changes read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from discord.utils import format_dt

from guildbase.core.i18n import _
from guildbase.platform.configuration.controller.results import Custom
from guildbase.platform.configuration.models import ConfigurationHistory
from guildbase.platform.configuration.values import plain

_MENTIONS = {"role": "<@&{}>", "channel": "<#{}>", "user": "<@{}>"}


def lines(settings: Mapping[str, Custom]) -> Iterator[str]:
    """Yield the settings, one after the other, with their values and schemas."""
    for custom in settings.values():
        value = _shown(custom.schema, custom.value) if custom.is_set else _("not set")
        yield f"**{plain(custom.name)}**: {value}\n-# {plain(_json(custom.schema))}"
    if not settings:
        yield _("This server has none. `/custom define` makes one.")


def history_lines(entries: Iterable[ConfigurationHistory]) -> Iterator[str]:
    """Yield the changes of a setting, newest first."""
    for entry in entries:
        reason = f": {plain(entry.reason)}" if entry.reason else ""
        who = plain(entry.author_name) or _("somebody")
        value = _json(entry.document["value"]) if "value" in entry.document else _("not set")
        yield f"{entry.version}. {format_dt(entry.created_at, 'R')} {who}{reason}\n-# {plain(value)}"


def _shown(schema: Mapping[str, Any], value: Any) -> str:
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, Mapping) and items.get("format") in _MENTIONS:
        return ", ".join(_shown(items, it) for it in value) or _("nothing")
    form = _MENTIONS.get(str(schema.get("format")))
    if form and isinstance(value, str) and value.isdecimal():
        return form.format(value)
    return plain(value if isinstance(value, str) else _json(value))


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
