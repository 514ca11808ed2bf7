"""The way from a panel or a command to a ticket: the form of its category, and the answer that leads to the channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.components import cut
from guildbase.bot.context import answer, settle
from guildbase.bot.views import BaseModal, Interaction
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM
from guildbase.features.tickets.kinds import TicketState

if TYPE_CHECKING:
    from guildbase.features.tickets.controller import OpenedTicket
    from guildbase.features.tickets.models import TicketCategory
    from guildbase.services.container import BotServices

COMMAND = "ticket open"
PLACE_WAIT = 10.0  # seconds that the answer waits for the channel
LONGEST_ANSWER = 1000


async def open_here(interaction: Interaction, category: int, subject: str = "") -> None:
    """Open a ticket of the category for whoever pressed, after its form if it has one."""
    from guildbase.features.tickets.controller import CategoryController

    found, _roles = await interaction.client.services.get(CategoryController).get(interaction.guild_id or 0, category)
    if found.form.get("questions"):
        await settle(interaction)
        await interaction.response.send_modal(OpeningForm(found, subject))
    else:
        await _open(interaction, category, subject, {})


class OpeningForm(BaseModal):
    """The questions of a category."""

    def __init__(self, category: TicketCategory, subject: str) -> None:
        super().__init__(category.name, command=COMMAND)
        self._category, self._subject = category.number, subject
        self._fields: dict[str, discord.ui.TextInput[OpeningForm]] = {}
        for position, question in enumerate(category.form["questions"]):
            self._add(position, question)

    def _add(self, position: int, question: dict[str, Any]) -> None:
        style = discord.TextStyle.paragraph if question["is_long"] else discord.TextStyle.short
        field: discord.ui.TextInput[OpeningForm] = discord.ui.TextInput(
            label=cut(question["label"], 45),
            placeholder=question["placeholder"] or None,
            required=question["is_required"],
            max_length=LONGEST_ANSWER,
            style=style,
            custom_id=f"question-{position}",
        )
        self._fields[question["label"]] = field
        self.add_item(field)

    async def on_submit(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Open the ticket with these answers."""
        answers = {label: field.value for label, field in self._fields.items()}
        await _open(interaction, self._category, self._subject, answers)


async def _open(interaction: Interaction, category: int, subject: str, answers: dict[str, str]) -> None:
    from guildbase.features.tickets.controller import NewTicket, OpeningController

    services, guild_id = interaction.client.services, interaction.guild_id or 0
    caller = await caller_of_press(interaction, services)
    await settle(interaction)
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=True, thinking=True)
    new = NewTicket(category, subject, answers, interaction.id)
    opened = await services.get(OpeningController).open(caller, guild_id, new)
    await answer(interaction, await outcome_text(services, opened))


async def outcome_text(services: BotServices, opened: OpenedTicket) -> str:
    """Return what to tell whoever opened the ticket, once its channel is there or cannot be."""
    from guildbase.features.tickets.controller import TicketController
    from guildbase.services.outbox import Outbox

    guild_id, number = opened.ticket.guild_id, opened.ticket.number
    if opened.effect_id is not None:
        await services.get(Outbox).outcome(opened.effect_id, timeout=PLACE_WAIT)
    ticket = (await services.get(TicketController).get(SYSTEM, guild_id, number)).ticket
    if ticket.state is TicketState.FAILED:
        return _(
            "Ticket #{number} could not be opened: {failure} Tell the staff of this server.",
            number=number,
            failure=ticket.failure,
        )
    if ticket.channel_id is None:
        return _("Ticket #{number} is being opened; you will be mentioned in it.", number=number)
    return _("Your ticket #{number}: <#{channel}>. Go on there.", number=number, channel=ticket.channel_id)
