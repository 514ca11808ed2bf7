"""The question how somebody was helped: five buttons in a direct message, and a form for a comment."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Self

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.context import answer
from guildbase.bot.lasting import LastingButton
from guildbase.bot.views import BaseModal, Interaction
from guildbase.core.i18n import _
from guildbase.features.tickets.kinds import MAX_COMMENT, MAX_NUMBER

MOST_STARS = 5
COMMAND = "ticket"


class RatingButton(
    LastingButton, template=r"gb:ticket-rate:(?P<guild>[0-9]{15,20}):(?P<number>[0-9]{1,10}):(?P<stars>[1-5])"
):
    """One of the five; it names its ticket, since in a direct message nothing else does."""

    command = COMMAND

    def __init__(self, guild_id: int, number: int, stars: int) -> None:
        custom_id = f"gb:ticket-rate:{guild_id}:{number}:{stars}"
        super().__init__(discord.ui.Button(label=f"{stars} ★", custom_id=custom_id))
        self._guild_id, self._number, self._stars = guild_id, min(number, MAX_NUMBER), stars

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["guild"]), int(match["number"]), int(match["stars"]))

    async def press(self, interaction: Interaction) -> None:
        """Keep the rating, and ask for a comment to it."""
        from guildbase.features.tickets.controller.ratings import RatingController  # not needed for the start.

        caller = replace(await self.caller(interaction), guild_id=self._guild_id)
        controller = interaction.client.services.get(RatingController)
        await controller.rate(caller, self._guild_id, self._number, self._stars)
        await interaction.response.send_modal(CommentForm(self._guild_id, self._number, self._stars))


class CommentForm(BaseModal):
    """A comment to the rating; the rating is kept already, so it may be closed unsent."""

    def __init__(self, guild_id: int, number: int, stars: int) -> None:
        super().__init__(_("Your rating: {stars} of {most}", stars=stars, most=MOST_STARS), command=COMMAND)
        self._guild_id, self._number = guild_id, number
        self.comment: discord.ui.TextInput[CommentForm] = discord.ui.TextInput(
            label=_("Anything to add?"),
            custom_id="comment",
            style=discord.TextStyle.paragraph,
            required=False,
            max_length=MAX_COMMENT,
        )
        self.add_item(self.comment)

    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        """Keep the comment, and say thanks."""
        from guildbase.features.tickets.controller.ratings import RatingController  # not needed for the start.

        if self.comment.value.strip():
            # In a direct message they have no rights in the ticket's server but those of who opened it.
            caller = replace(await caller_of_press(interaction, interaction.client.services), guild_id=self._guild_id)
            controller = interaction.client.services.get(RatingController)
            await controller.comment(caller, self._guild_id, self._number, self.comment.value)
        await answer(interaction, _("Thank you! Your rating is kept."))


def rating_view(guild_id: int, number: int) -> discord.ui.View:
    """Return the buttons; the class itself answers all presses, so this view need not be kept."""
    view = discord.ui.View(timeout=None)
    for stars in range(1, MOST_STARS + 1):
        view.add_item(RatingButton(guild_id, number, stars))
    view.stop()
    return view
