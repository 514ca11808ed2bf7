"""The buttons in a ticket, for everybody and for good: whoever presses one, it is about the ticket of the channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.context import answer
from guildbase.bot.lasting import LastingView
from guildbase.bot.views import BaseModal, Confirmation, Interaction, replace
from guildbase.core.i18n import _
from guildbase.features.tickets.kinds import MAX_REASON

if TYPE_CHECKING:
    from guildbase.features.tickets.controller import TicketController
    from guildbase.features.tickets.models import Ticket


def tickets_of(interaction: Interaction) -> TicketController:
    """Return the business logic; loaded at its first use, because the start has to be quick."""
    from guildbase.features.tickets.controller import TicketController

    return interaction.client.services.get(TicketController)


class _InTicket(LastingView):
    """Buttons of the ticket in whose channel they stand."""

    async def number(self, interaction: Interaction) -> int:
        """Return the ticket's number; NoTicketHere if the channel has become none."""
        guild_id, channel_id = interaction.guild_id or 0, interaction.channel_id or 0
        return await tickets_of(interaction).at(guild_id, channel_id)


class TicketButtons(_InTicket):
    """Under the greeting: claim and close."""

    def __init__(self) -> None:
        super().__init__("ticket", command="ticket info")
        self.button("claim", _("Claim"), self._claim)
        self.button("close", _("Close"), self._close, style=discord.ButtonStyle.danger)

    async def _claim(self, interaction: Interaction) -> None:
        number = await self.number(interaction)
        await tickets_of(interaction).claim(await self.caller(interaction), interaction.guild_id or 0, number)
        await answer(interaction, _("Ticket #{number} is yours.", number=number))

    async def _close(self, interaction: Interaction) -> None:
        number = await self.number(interaction)
        await interaction.response.send_modal(CloseForm(number))


class CloseForm(BaseModal):
    """Asks for the reason, which is also how a press on the wrong button is taken back."""

    def __init__(self, number: int) -> None:
        super().__init__(_("Close ticket #{number}?", number=number), command="ticket close")
        self._number = number
        self.reason: discord.ui.TextInput[CloseForm] = discord.ui.TextInput(
            label=_("Reason"), required=False, max_length=MAX_REASON, style=discord.TextStyle.paragraph
        )
        self.add_item(self.reason)

    async def on_submit(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Close the ticket."""
        caller, guild_id = await caller_of_press(interaction, interaction.client.services), interaction.guild_id or 0
        await tickets_of(interaction).close(caller, guild_id, self._number, self.reason.value)
        await answer(interaction, _("Ticket #{number} is closed.", number=self._number))


class CloseQuestion(_InTicket):
    """Asks whoever opened the ticket whether it can be closed."""

    def __init__(self) -> None:
        super().__init__("ticket-question", command="ticket info")
        self.button("yes", _("Yes, close it"), self._yes, style=discord.ButtonStyle.success)
        self.button("no", _("No, I need help"), self._no)

    async def _yes(self, interaction: Interaction) -> None:
        number = await self.number(interaction)
        await tickets_of(interaction).close(await self.caller(interaction), interaction.guild_id or 0, number)
        await self._answered(interaction, _("Ticket #{number} is closed.", number=number))

    async def _no(self, interaction: Interaction) -> None:
        number, guild_id = await self.number(interaction), interaction.guild_id or 0
        await tickets_of(interaction).refuse_to_close(await self.caller(interaction), guild_id, number)
        await self._answered(interaction, _("The staff is told that you need help."))

    async def _answered(self, interaction: Interaction, text: str) -> None:
        await replace(interaction, view=None)
        await interaction.followup.send(text, ephemeral=True)


class ClosedButtons(_InTicket):
    """Under the news that the ticket is closed: reopen and delete."""

    def __init__(self) -> None:
        super().__init__("ticket-closed", command="ticket info")
        self.button("reopen", _("Reopen"), self._reopen)
        self.button("delete", _("Delete"), self._delete, style=discord.ButtonStyle.danger)

    async def _reopen(self, interaction: Interaction) -> None:
        number = await self.number(interaction)
        await tickets_of(interaction).reopen(await self.caller(interaction), interaction.guild_id or 0, number)
        await answer(interaction, _("Ticket #{number} is open again.", number=number))

    async def _delete(self, interaction: Interaction) -> None:
        number = await self.number(interaction)
        view = delete_question(interaction.user.id, number)
        await interaction.response.send_message(delete_text(number), view=view, ephemeral=True)


def delete_text(number: int) -> str:
    """Return the question before a ticket's channel is deleted."""
    return _("Delete the channel of ticket #{number}? The transcript is kept.", number=number)


def delete_question(asker_id: int, number: int) -> Confirmation:
    """Return the buttons under that question."""

    async def confirmed(interaction: Interaction) -> None:
        view = confirmation
        caller = await view.caller(interaction)
        await tickets_of(interaction).delete(caller, interaction.guild_id or 0, number)
        done = _("The channel of ticket #{number} will be deleted when its transcript is kept.", number=number)
        await view.close(interaction, content=done)

    confirmation = Confirmation(asker_id, command="ticket delete", label=_("Delete"), confirmed=confirmed)
    return confirmation


def close_text(ticket: Ticket) -> str:
    """Return the question before a ticket is closed."""
    return _("Close ticket #{number} of <@{opener}>?", number=ticket.number, opener=ticket.opener_id)


def close_question(asker_id: int, number: int, reason: str) -> Confirmation:
    """Return the buttons under that question."""

    async def confirmed(interaction: Interaction) -> None:
        caller = await confirmation.caller(interaction)
        await tickets_of(interaction).close(caller, interaction.guild_id or 0, number, reason)
        await confirmation.close(interaction, content=_("Ticket #{number} is closed.", number=number))

    confirmation = Confirmation(asker_id, command="ticket close", label=_("Close"), confirmed=confirmed)
    return confirmation
