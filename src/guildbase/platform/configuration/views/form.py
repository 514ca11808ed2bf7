"""The guided form: pick a setting, then its value with the picker that fits; each step is saved at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import discord

from guildbase.bot.components import MAX_OPTION, MAX_OPTIONS, cut
from guildbase.bot.context import Context
from guildbase.bot.errors import MAX_TEXT
from guildbase.bot.views import BaseView, Interaction
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _, translated
from guildbase.platform.configuration.controller import Changed, ConfigurationController, SettingsChanged
from guildbase.platform.configuration.fields import Kind, SettingField
from guildbase.platform.configuration.models import MAX_REASON
from guildbase.platform.configuration.values import code, read_value
from guildbase.platform.configuration.views.changes import changed_text
from guildbase.platform.configuration.views.entry import Entry, finder, hint, value_entry
from guildbase.platform.configuration.views.sheets import Sheet, sheet_pages

COMMAND = "config edit"
_PICKED = frozenset({Kind.ROLE, Kind.CHANNEL, Kind.USER})


class SettingsForm(BaseView):
    """One message in which the settings of one feature are seen and changed."""

    def __init__(self, asker_id: int, controller: ConfigurationController, sheet: Sheet) -> None:
        super().__init__(asker_id, command=COMMAND)
        self._controller = controller
        self._sheet = sheet
        self._reason = ""
        self._page = 0
        self._key = ""

    async def begin(self, ctx: Context) -> None:
        """Answer the command with the form."""
        self._place_settings()
        await self.send(ctx, embed=self._pages[self._page].embed)

    async def _save(self, interaction: Interaction, changes: Mapping[str, Any]) -> None:
        await self._saved(interaction, partial(self._controller.change, changes=changes))

    async def _saved(self, interaction: Interaction, save: Callable[..., Awaitable[Changed]]) -> None:
        """Save it, if nobody was quicker, and show what is set then."""
        caller = await self.caller(interaction)
        seen = self._sheet.current
        try:
            changed = await save(
                caller, guild_of(interaction).id, seen.feature, reason=self._reason, expected_version=seen.version
            )
        except SettingsChanged as quicker:
            told = _("{message} Nothing of yours was saved; this is how it is now.", message=quicker.message)
            await self._after(interaction, told)
        else:
            await self._after(interaction, changed_text(changed))

    def _place_settings(self) -> None:
        """Offer the settings, and what concerns all of them."""
        self.clear_items()
        self._key = ""
        self._pages = [it for it in sheet_pages(self._sheet) if it.keys]
        self._page %= len(self._pages)
        options = [
            discord.SelectOption(
                label=cut(key, MAX_OPTION),
                value=key,
                description=cut(translated(self._sheet.fields[key].description), MAX_OPTION),
            )
            for key in self._pages[self._page].keys
        ]
        self.menu("setting", _("What do you want to set?"), options, self._chosen, row=0)
        if len(self._pages) > 1:
            self.button("more", _("More settings"), self._more, row=1)
        self.button("reason", _("Give a reason"), self._ask_reason, row=1)
        self.button("done", _("Done"), self._done, style=discord.ButtonStyle.success, row=1)

    def _place_picker(self, key: str) -> None:
        """Offer what the setting may be, and the way back."""
        self.clear_items()
        self._key = key
        field = self._sheet.fields[key]
        if field.kind is Kind.BOOL and not field.is_many:
            self.button("on", _("On"), self._on, style=discord.ButtonStyle.success, row=0)
            self.button("off", _("Off"), self._off, style=discord.ButtonStyle.danger, row=0)
        elif field.kind is Kind.CHOICE and _fits_a_menu(field.choices):
            self._place_choices(field)
        elif field.kind in _PICKED:
            self._place_entities(field)
        if _may_be_typed(field):
            self.button("type", _("Type it"), self._type, style=discord.ButtonStyle.primary, row=1)
        if field.is_optional and not field.is_many:
            self.button("nothing", _("Nothing"), self._nothing, row=1)
        self.button("default", _("Default"), self._default, row=1)
        self.button("back", _("Back"), self._back, row=1)

    def _place_choices(self, field: SettingField) -> None:
        value = self._sheet.values[field.key]
        present = value if field.is_many else [value]
        options = [
            discord.SelectOption(label=cut(str(it), 100), value=str(it), default=it in present) for it in field.choices
        ]
        self.menu("value", field.key, options, self._choices, row=0, **_numbers(field))

    def _place_entities(self, field: SettingField) -> None:
        place = {Kind.ROLE: self.role_menu, Kind.CHANNEL: self.channel_menu, Kind.USER: self.user_menu}[field.kind]
        numbers = _numbers(field)
        value = self._sheet.values[field.key]
        present = value if field.is_many else [value] if value else []
        # Discord refuses a menu with something in it that is gone.
        kept = [] if field.key in self._sheet.gone else [_selected(field.kind, int(it)) for it in present]
        place(
            "value",
            field.key,
            self._entities,
            min_values=numbers["least"],
            max_values=numbers["most"],
            default_values=kept[: numbers["most"]],
            row=0,
        )

    async def _chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        field = self._sheet.fields[values[0]]
        self._place_picker(field.key)
        about = "\n".join(filter(None, [code(field.key), translated(field.description), hint(field)]))
        await self.show(interaction, content=about[:MAX_TEXT])

    async def _type(self, interaction: Interaction) -> None:
        field = self._sheet.fields[self._key]
        form = value_entry(field, self._sheet.values[field.key], self._typed, command=COMMAND)
        await interaction.response.send_modal(form)

    async def _typed(self, interaction: Interaction, text: str) -> None:
        value = read_value(self._sheet.fields[self._key], text, finder(guild_of(interaction)))
        await self._save(interaction, {self._key: value})

    async def _on(self, interaction: Interaction) -> None:
        await self._save(interaction, {self._key: True})

    async def _off(self, interaction: Interaction) -> None:
        await self._save(interaction, {self._key: False})

    async def _nothing(self, interaction: Interaction) -> None:
        await self._save(interaction, {self._key: None})

    async def _choices(self, interaction: Interaction, values: Sequence[str]) -> None:
        field = self._sheet.fields[self._key]
        picked = [it for it in field.choices if str(it) in values]
        await self._save(interaction, {self._key: picked if field.is_many else picked[0]})

    async def _entities(self, interaction: Interaction, values: Sequence[Any]) -> None:
        picked = [str(it.id) for it in values]
        value = picked if self._sheet.fields[self._key].is_many else next(iter(picked), None)
        await self._save(interaction, {self._key: value})

    async def _default(self, interaction: Interaction) -> None:
        await self._saved(interaction, partial(self._controller.reset, keys=[self._key]))

    async def _back(self, interaction: Interaction) -> None:
        await self._after(interaction, None)

    async def _more(self, interaction: Interaction) -> None:
        self._page += 1
        await self._after(interaction, None)

    async def _ask_reason(self, interaction: Interaction) -> None:
        form = Entry(
            _("Reason"), self._reasoned, command=COMMAND, label=_("Why"), default=self._reason, max_length=MAX_REASON
        )
        await interaction.response.send_modal(form)

    async def _reasoned(self, interaction: Interaction, text: str) -> None:
        self._reason = text
        await self._after(interaction, _("The history will give this reason for what you change from now on."))

    async def _done(self, interaction: Interaction) -> None:
        await self.close(interaction, content=_("All is saved. `/config history` shows what was changed."))

    async def _after(self, interaction: Interaction, content: str | None) -> None:
        """Read the settings again, and offer them below what is to be told."""
        guild = guild_of(interaction)
        current = await self._controller.current(guild.id, self._sheet.feature)
        self._sheet = Sheet.of(self._sheet.feature, current, guild)
        self._place_settings()
        await self.show(interaction, content=content, embed=self._pages[self._page].embed)


def _fits_a_menu(choices: Sequence[Any]) -> bool:
    return len(choices) <= MAX_OPTIONS and all(len(str(it)) <= MAX_OPTION for it in choices)


def _may_be_typed(field: SettingField) -> bool:
    """Tell whether no picker does for the field, or not for all of what it may hold."""
    if field.is_many and (field.most is None or field.most > MAX_OPTIONS):
        return True
    if field.kind is Kind.CHOICE:
        return not _fits_a_menu(field.choices)
    return field.kind not in _PICKED and (field.kind is not Kind.BOOL or field.is_many)


def _selected(kind: Kind, found: int) -> discord.SelectDefaultValue:
    return discord.SelectDefaultValue(id=found, type=discord.SelectDefaultValueType[kind.value])


def _numbers(field: SettingField) -> dict[str, int]:
    """Return how many one may pick."""
    if not field.is_many:
        return {"least": 0 if field.is_optional else 1, "most": 1}
    return {"least": field.fewest or 0, "most": min(field.most or MAX_OPTIONS, MAX_OPTIONS)}


def guild_of(interaction: Interaction) -> discord.Guild:
    """Return the server in which was pressed."""
    if interaction.guild is None:
        raise InvalidInput(_("This works in servers only."))
    return interaction.guild
