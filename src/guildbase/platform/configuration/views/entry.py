"""A form of one field, for values that are typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from guildbase.bot.components import MAX_TITLE, cut
from guildbase.bot.views import BaseModal, Interaction
from guildbase.core.i18n import _
from guildbase.core.validators import check_channel_id, check_role_id, check_user_id
from guildbase.platform.configuration.fields import Kind, SettingField
from guildbase.platform.configuration.values import Find, written

MAX_TYPED = 4000
"""Longest text that a form of Discord takes, in characters."""
Typed = Callable[[Interaction, str], Awaitable[None]]
_LONG = frozenset({Kind.TEXT, Kind.OTHER})


class Entry(BaseModal):
    """Asks for one text."""

    def __init__(self, title: str, typed: Typed, *, command: str, label: str, **options: object) -> None:
        super().__init__(title, command=command)
        self._typed = typed
        self._text: discord.ui.TextInput[Entry] = discord.ui.TextInput(
            label=cut(label, MAX_TITLE),
            custom_id="value",
            required=False,
            **options,  # type: ignore[arg-type]
        )
        self.add_item(self._text)

    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        """Hand the text on."""
        await self._typed(interaction, self._text.value)


def value_entry(field: SettingField, value: object, typed: Typed, *, command: str) -> Entry:
    """Return the form for a value of the field, with the present one in it."""
    is_long = field.is_many or field.kind in _LONG
    text = written(field, value)
    return Entry(
        field.key,
        typed,
        command=command,
        label=_("One a line") if field.is_many else _("Value"),
        style=discord.TextStyle.paragraph if is_long else discord.TextStyle.short,
        # What is too long for the form must not be cut and saved by accident.
        default=text if len(text) <= MAX_TYPED else None,
        placeholder=hint(field)[:100] or None,
        max_length=MAX_TYPED,
    )


def hint(field: SettingField) -> str:
    """Return what kind of value the field takes."""
    low, high = field.low, field.high
    if field.kind is Kind.TEXT:
        return "" if high is None else _("At most {high} characters", high=high)
    if low is not None and high is not None:
        return _("A number from {low} to {high}", low=low, high=high)
    return {
        Kind.DURATION: _("For example 1d 2h 30m"),
        Kind.COLOUR: _("For example #5865F2 or blurple"),
        Kind.EMOJI: "🎉",
        Kind.LOCALE: _("For example en-US or de"),
        Kind.TIME_ZONE: _("For example Europe/Berlin or UTC"),
        Kind.OTHER: "JSON",
    }.get(field.kind, "")


def finder(guild: discord.Guild) -> Find:
    """Return what finds roles, channels and members of the server by mention, id or name."""

    def find(kind: Kind, text: str) -> int | None:
        check, known = {
            Kind.ROLE: (check_role_id, guild.roles),
            Kind.CHANNEL: (check_channel_id, guild.channels),
            Kind.USER: (check_user_id, guild.members),
        }[kind]
        name = text.lstrip("@#").lower()
        named = [one.id for one in known if one.name.lower() == name]
        if len(named) == 1:
            return named[0]
        try:
            return check(text)
        except ValueError:
            return None  # The model tells what it takes.

    return find
