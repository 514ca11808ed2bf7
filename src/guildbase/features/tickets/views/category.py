"""The page on which an admin sets up a category: menus of roles and channels, forms of texts, limits and questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import discord
from discord.utils import escape_markdown as plain

from guildbase.bot.callers import caller_of_press
from guildbase.bot.views import BaseModal, BaseView, Interaction
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.tickets.controller import CategoryController
from guildbase.features.tickets.kinds import MAX_NAME, TicketKind
from guildbase.features.tickets.models import MAX_TEXT, TicketCategory
from guildbase.features.tickets.views.ticket import COLOUR

COMMAND = "ticket category edit"
LONG, OPTIONAL = "(long)", "(optional)"
"""What a line of the form of questions ends with."""
Apply = Callable[[Interaction, Mapping[str, Any]], Any]


class CategoryPage(BaseView):
    """One category; every change is saved at once."""

    def __init__(self, asker_id: int, category: TicketCategory, staff_roles: frozenset[int]) -> None:
        super().__init__(asker_id, command=COMMAND)
        self.category, self.staff_roles = category, staff_roles
        self._fill()

    def _fill(self) -> None:
        self.clear_items()
        kinds = [discord.ChannelType.text if self._is_thread else discord.ChannelType.category]
        roles = [discord.Object(role_id) for role_id in sorted(self.staff_roles)]
        where = _("Where its threads are made") if self._is_thread else _("Where its channels go")
        self.role_menu("staff", _("Who answers"), self._staff, min_values=0, max_values=10, default_values=roles, row=0)
        self.channel_menu("parent", where, self._parent, min_values=0, max_values=1, channel_types=kinds, row=1)
        self.button("texts", _("Texts"), self._texts, row=2)
        self.button("questions", _("Questions"), self._questions, row=2)
        self.button("limits", _("Limits"), self._limits, row=2)

    @property
    def _is_thread(self) -> bool:
        return self.category.kind is TicketKind.THREAD

    def embed(self) -> discord.Embed:
        """Return what the category is now."""
        row = self.category
        embed = discord.Embed(title=_("Category {name}", name=row.name), colour=COLOUR)
        embed.description = plain(row.description) or None
        embed.add_field(name=_("Who answers"), value=" ".join(f"<@&{it}>" for it in sorted(self.staff_roles)) or "-")
        embed.add_field(name=_("Where"), value=f"<#{row.parent_id}>" if row.parent_id else "-")
        embed.add_field(name=_("Names"), value=plain(row.naming))
        questions = [plain(it["label"]) for it in row.form.get("questions", ())]
        embed.add_field(name=_("Questions"), value="\n".join(questions) or "-", inline=False)
        embed.add_field(name=_("Open at once for one person"), value=str(row.open_limit))
        for name, value in (
            (_("Minutes to the first answer"), row.response_minutes),
            (_("Minutes to the end"), row.resolution_minutes),
            (_("Hours of silence that close it"), row.auto_close_hours),
        ):
            embed.add_field(name=name, value=str(value or "-"))
        return embed

    async def apply(self, interaction: Interaction, changes: Mapping[str, Any]) -> None:
        """Save the changes and show the page anew."""
        caller = await caller_of_press(interaction, interaction.client.services)
        controller = self.services(interaction).get(CategoryController)
        guild_id, number = self.category.guild_id, self.category.number
        await controller.edit(caller, guild_id, number, changes)
        self.category, self.staff_roles = await controller.get(guild_id, number)
        self._fill()
        await self.show(interaction, embed=self.embed())

    async def _staff(self, interaction: Interaction, roles: Sequence[discord.Role]) -> None:
        await self.apply(interaction, {"staff_roles": [str(role.id) for role in roles]})

    async def _parent(self, interaction: Interaction, channels: Sequence[Any]) -> None:
        await self.apply(interaction, {"parent_id": str(channels[0].id) if channels else None})

    async def _texts(self, interaction: Interaction) -> None:
        row = self.category
        fields = {
            "name": (_("Name"), row.name, MAX_NAME, True),
            "description": (_("Description"), row.description, 100, False),
            "emoji": (_("Emoji"), row.emoji, 70, False),
            "naming": (_("Names: {number} {user} {category}", number="{number}", user="{user}", category="{category}"),
                       row.naming, MAX_NAME, True),
            "greeting": (_("First words in a ticket"), row.greeting, MAX_TEXT, False),
        }  # fmt: skip
        await interaction.response.send_modal(_Form(_("Texts"), fields, self._save_texts))

    async def _save_texts(self, interaction: Interaction, given: Mapping[str, str]) -> None:
        await self.apply(interaction, {**given, "emoji": given["emoji"].strip() or None})

    async def _questions(self, interaction: Interaction) -> None:
        now = "\n".join(map(_line_of, self.category.form.get("questions", ())))
        label = _("One a line; end with {long} or {optional}", long=LONG, optional=OPTIONAL)
        form = _Form(_("Questions"), {"questions": (label, now, 400, False)}, self._save_questions)
        await interaction.response.send_modal(form)

    async def _save_questions(self, interaction: Interaction, given: Mapping[str, str]) -> None:
        lines = [line.strip() for line in given["questions"].splitlines() if line.strip()]
        await self.apply(interaction, {"questions": [question_of(line) for line in lines]})

    async def _limits(self, interaction: Interaction) -> None:
        row = self.category
        fields = {
            "open_limit": (_("Open at once for one person"), str(row.open_limit), 2, True),
            "response_minutes": (_("Minutes to the first answer"), str(row.response_minutes or ""), 6, False),
            "resolution_minutes": (_("Minutes to the end"), str(row.resolution_minutes or ""), 6, False),
            "auto_close_hours": (_("Hours of silence that close it"), str(row.auto_close_hours or ""), 4, False),
        }
        await interaction.response.send_modal(_Form(_("Limits"), fields, self._save_limits))

    async def _save_limits(self, interaction: Interaction, given: Mapping[str, str]) -> None:
        wrong = [text for text in given.values() if text.strip() and not text.strip().isdecimal()]
        if wrong:
            raise InvalidInput(
                _("{value} is no number.", value=wrong[0][:20]), hint=_("Use digits, or leave it empty.")
            )
        await self.apply(interaction, {name: int(text) if text.strip() else None for name, text in given.items()})


class _Form(BaseModal):
    """A form of named fields: label, present value, longest text, whether it must be filled in."""

    def __init__(self, title: str, fields: Mapping[str, tuple[str, str, int, bool]], apply: Apply) -> None:
        super().__init__(title, command=COMMAND)
        self._apply = apply
        self._fields: dict[str, discord.ui.TextInput[_Form]] = {}
        for name, (label, value, longest, is_required) in fields.items():
            style = discord.TextStyle.paragraph if longest > 100 else discord.TextStyle.short
            self._fields[name] = discord.ui.TextInput(
                label=label[:45], default=value or None, max_length=longest, required=is_required, style=style,
                custom_id=name,
            )  # fmt: skip
            self.add_item(self._fields[name])

    async def on_submit(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Save what was filled in."""
        await self._apply(interaction, {name: field.value for name, field in self._fields.items()})


def question_of(line: str) -> dict[str, Any]:
    """Return the question that a line of the form means."""
    is_long, is_optional = LONG in line, OPTIONAL in line
    label = line.replace(LONG, "").replace(OPTIONAL, "").strip()
    return {"label": label, "is_long": is_long, "is_required": not is_optional}


def _line_of(question: Mapping[str, Any]) -> str:
    marks = [LONG] * bool(question["is_long"]) + [OPTIONAL] * (not question["is_required"])
    return " ".join([question["label"], *marks])
