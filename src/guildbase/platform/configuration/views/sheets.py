"""The settings of one feature, as an embed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from guildbase.core.i18n import _, translated
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration.controller import Current
from guildbase.platform.configuration.fields import Kind, SettingField, fields_of
from guildbase.platform.configuration.values import code, plain, shown

COLOUR = discord.Colour.blurple()
MAX_TITLE = 256
PAGE = 3500
"""Characters of an embed's text; Discord takes 4096, and 6000 with all around it."""
LINES = 25
"""Lines on a page, so that a menu takes as many settings as are seen."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a server has set of one feature, with what is wrong about it."""

    feature: str
    fields: Mapping[str, SettingField]
    values: Mapping[str, Any]
    """As JSON."""
    current: Current
    gone: Mapping[str, str]
    """Settings that name what is no longer there."""

    @classmethod
    def of(cls, feature: str, current: Current, guild: discord.Guild) -> Sheet:
        """Return the settings as they are now."""
        fields = fields_of(type(current.settings))
        values = current.settings.model_dump(mode="json")
        gone = {key: told for key, field in fields.items() if (told := _gone(field, values[key], guild))}
        return cls(feature, fields, values, current, gone)


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Some settings of a sheet, with the embed that shows them."""

    keys: list[str]
    embed: discord.Embed


def sheet_pages(sheet: Sheet) -> list[SheetPage]:
    """Return the settings, with what is wrong first, on as many pages as they need."""
    title = _("Settings of {feature}", feature=sheet.feature)
    footer = _("Version {version}", version=sheet.current.version)
    lines = [*(("", problem) for problem in _problems(sheet)), *_settings(sheet)]
    return [SheetPage([key for key in keys if key], _embed(title, text, footer)) for keys, text in _packed(lines)]


def overview_embeds(registry: FeatureRegistry, overview: Iterable[Current]) -> list[discord.Embed]:
    """Return what there is to set, feature by feature."""
    lines = (_overview_line(it, registry.features[it.feature].summary) for it in overview)
    return pages(_("What can be set"), lines, footer=_("/config show and /config edit take the name of one"))


def toggle_embeds(registry: FeatureRegistry, current: Current) -> list[discord.Embed]:
    """Return the features and the commands that are off, with the reasons."""
    off: Any = current.settings
    lines = [
        f"⚫ **{name}**: {_why(off.features_off[name])}" if name in off.features_off
        else f"🟢 **{name}**: {plain(translated(feature.summary))}"
        for name, feature in registry.features.items()
    ]  # fmt: skip
    lines += [f"⚫ `/{name}`: {_why(reason)}" for name, reason in off.commands_off.items()]
    return pages(_("Features"), lines, footer=_("/config disable and /config enable switch them"))


def pages(title: str, lines: Iterable[str], *, footer: str = "") -> list[discord.Embed]:
    """Return embeds that hold the lines, at least one."""
    return [_embed(title, text, footer) for _names, text in _packed(("", line) for line in lines)]


def _packed(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[list[str], str]]:
    """Yield as many lines as fit on a page, with the names before them, at least one page."""
    names: list[str] = []
    text = ""
    for name, line in lines:
        fitting = line if len(line) <= PAGE else f"{line[: PAGE - 1]}…"
        if text and (len(text) + len(fitting) >= PAGE or len(names) == LINES):
            yield names, text
            names, text = [], ""
        names.append(name)
        text += f"{fitting}\n"
    yield names, text


def _overview_line(current: Current, summary: str) -> str:
    told = _("{count} set, version {version}", count=len(current.is_set), version=current.version)
    if not current.version:
        told = _("nothing set yet")
    warning = " ⚠" if current.ignored or current.obstacle else ""
    return f"**{current.feature}**: {told}{warning}\n-# {plain(translated(summary), 300)}"


def _why(reason: str) -> str:
    return _("off: {reason}", reason=plain(reason)) if reason else _("off")


def _embed(title: str, text: str, footer: str) -> discord.Embed:
    embed = discord.Embed(title=title[:MAX_TITLE], description=text, colour=COLOUR)
    return embed.set_footer(text=footer) if footer else embed


def _problems(sheet: Sheet) -> Iterator[str]:
    if sheet.current.obstacle:
        yield f"⚠ {sheet.current.obstacle}"
    for key, reason in sheet.current.ignored.items():
        told = _("What was stored as {key} does not count: {reason}.", key=code(key), reason=plain(reason))
        yield f"⚠ {told} {_('Set it anew, or `/config reset` it.')}"


def _settings(sheet: Sheet) -> Iterator[tuple[str, str]]:
    for key, field in sheet.fields.items():
        mark = "" if key in sheet.current.is_set else f" ({_('default')})"
        line = f"{code(key)}: {shown(field, sheet.values[key])}{mark}\n-# {plain(translated(field.description), 300)}"
        yield key, f"{line}\n⚠ {sheet.gone[key]}" if key in sheet.gone else line


def _gone(field: SettingField, value: Any, guild: discord.Guild) -> str:
    find = {Kind.ROLE: guild.get_role, Kind.CHANNEL: guild.get_channel_or_thread}.get(field.kind)
    if find is None:
        return ""
    ids = value if isinstance(value, list) else [value]
    missing = [it for it in ids if it is not None and find(int(it)) is None]
    if not missing:
        return ""
    told = _("This is no longer in the server: {ids}.", ids=", ".join(f"`{it}`" for it in missing))
    return f"{told} {_('Set another, or reset it.')}"
