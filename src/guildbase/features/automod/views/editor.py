"""A rule under construction: a form for what is typed, menus for what is picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.components import Interaction
from guildbase.bot.views import BaseModal, BaseView, Confirmation, replace
from guildbase.core.i18n import _, translated
from guildbase.features.automod import native
from guildbase.features.automod.controller import RuleController
from guildbase.features.automod.document import RuleDocument
from guildbase.features.automod.models import AutomodRule
from guildbase.features.automod.views.sheets import FLAGS, rule_embed
from guildbase.features.automod.writing import (
    TRIGGERS,
    conditions_text,
    effects_text,
    read_conditions,
    read_effects,
    read_trigger,
    trigger_text,
)

if TYPE_CHECKING:
    TextField = discord.ui.TextInput[Any]
else:
    TextField = discord.ui.TextInput

COMMAND = "automod rule edit"
NOT_TYPED = {"words": ("allowed",), "links": ("allowed",), "caps": ("letters",)}
"""What else a trigger may say that is not typed."""


class RuleEditor(BaseView):
    """One rule with all that changes it; each change counts at once."""

    def __init__(self, asker_id: int, rule: AutomodRule) -> None:
        super().__init__(asker_id, command=COMMAND)
        self.rule = rule
        self._build()

    def embed(self) -> discord.Embed:
        """Return the rule in full, with what keeps Discord's own AutoMod from it."""
        note = ""
        if self.rule.is_native:
            note = native.objection(RuleDocument.model_validate(self.rule.document)) or ""
        return rule_embed(self.rule, note=note)

    def _build(self) -> None:
        self.clear_items()
        document = self.rule.document
        options = [
            discord.SelectOption(label=translated(text)[:100], value=name, default=_is_set(self.rule, name))
            for name, text in FLAGS.items()
            if hasattr(self.rule, name) or name in document or name in document["trigger"]
        ]
        self.menu("flags", _("What is so"), options, self._set_flags, most=len(options), least=0, row=0)
        self.role_menu("roles", _("Roles that it spares"), self._set_roles, min_values=0, max_values=25, row=1)
        self.channel_menu(
            "channels", _("Channels that it spares"), self._set_channels, min_values=0, max_values=25, row=2
        )
        self.button("form", _("Edit"), self._form, style=discord.ButtonStyle.primary, row=3)
        self.button("delete", _("Delete"), self._ask_delete, style=discord.ButtonStyle.danger, row=3)

    async def change(self, interaction: Interaction, changes: dict[str, Any]) -> None:
        """Store the changes and show the rule as it is now."""
        controller = self.services(interaction).get(RuleController)
        caller = await self.caller(interaction)
        self.rule = await controller.change(caller, self.rule.guild_id, self.rule.number, changes)
        self._build()
        await self.show(interaction, embed=self.embed())

    async def _set_flags(self, interaction: Interaction, names: Sequence[Any]) -> None:
        trigger = self.rule.document["trigger"]
        of_trigger = {name: name in names for name in FLAGS if name in trigger}
        others = {name: name in names for name in FLAGS if name not in trigger and _has(self.rule, name)}
        await self.change(interaction, {**others, "trigger": trigger | of_trigger})

    async def _set_roles(self, interaction: Interaction, roles: Sequence[Any]) -> None:
        await self.change(interaction, {"exempt_roles": [str(role.id) for role in roles]})

    async def _set_channels(self, interaction: Interaction, channels: Sequence[Any]) -> None:
        await self.change(interaction, {"exempt_channels": [str(channel.id) for channel in channels]})

    async def _form(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(RuleForm(self))

    async def _ask_delete(self, interaction: Interaction) -> None:
        async def delete(press: Interaction) -> None:
            caller = await caller_of_press(press, self.services(press))
            await self.services(press).get(RuleController).delete(caller, self.rule.guild_id, self.rule.number)
            await replace(press, content=_("Rule #{number} is gone.", number=self.rule.number), embed=None, view=None)

        question = Confirmation(self.asker_id, command=COMMAND, label=_("Delete"), confirmed=delete)
        self.stop()
        await question.show(interaction, content=_("Delete rule #{number}?", number=self.rule.number), embed=None)


class RuleForm(BaseModal):
    """What is typed of a rule."""

    def __init__(self, editor: RuleEditor) -> None:
        rule = editor.rule
        super().__init__(_("Rule #{number}", number=rule.number), command=COMMAND)
        self._editor = editor
        trigger = rule.document["trigger"]
        hint = translated(TRIGGERS[trigger["type"]])
        fields = {
            "name": _field(_("Name"), rule.name, most=60),
            "trigger": _field(trigger["type"].replace("_", " "), trigger_text(trigger), hint=hint, is_long=True),
            "conditions": _field(
                _("Only if"), conditions_text(rule.document["conditions"]), hint="not edit; member_age 1d", is_long=True
            ),
            "effects": _field(
                _("Effects"), effects_text(rule.document["effects"]), hint="delete; timeout 10m; alert", is_long=True
            ),
            "priority": _field(_("Priority, lower comes first"), str(rule.priority), most=5),
        }
        # What is longer than a form holds would be cut off, so it stays as it is.
        self.fields = {name: item for name, item in fields.items() if item is not None}
        self.shown = {name: item.default for name, item in self.fields.items()}
        for name, item in self.fields.items():
            item.custom_id = name
            self.add_item(item)

    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        """Store what was typed."""
        read: dict[str, Callable[[str], Any]] = {
            "trigger": self._trigger,
            "conditions": read_conditions,
            "effects": read_effects,
        }
        # Only what was changed is read: the rule may say more than is typed, such as the days a ban deletes.
        typed = {name: item.value for name, item in self.fields.items() if item.value != self.shown[name]}
        changes = {name: read[name](text) if name in read else text for name, text in typed.items()}
        await self._editor.change(interaction, changes)

    def _trigger(self, text: str) -> dict[str, Any]:
        kept = self._editor.rule.document["trigger"]
        beside = {name: kept[name] for name in (*FLAGS, *NOT_TYPED.get(kept["type"], ())) if name in kept}
        return read_trigger(kept["type"], text) | beside


def _field(label: str, value: str, *, hint: str = "", most: int = 4000, is_long: bool = False) -> TextField | None:
    if len(value) > most:
        return None
    style = discord.TextStyle.paragraph if is_long else discord.TextStyle.short
    return discord.ui.TextInput(
        label=label[:45],
        default=value,
        placeholder=hint[:100] or None,
        max_length=most,
        required=not is_long,
        style=style,
    )


def _has(rule: AutomodRule, name: str) -> bool:
    return hasattr(rule, name) or name in rule.document


def _is_set(rule: AutomodRule, name: str) -> bool:
    document = rule.document
    return bool(getattr(rule, name, False) or document.get(name) or document["trigger"].get(name))
