"""The buttons of the queue and of direct messages. They name what they are about, so they work after any restart."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.lasting import LastingButton
from guildbase.bot.views import Interaction
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.features.reports.kinds import MAX_NUMBER, ReportKind

COMMAND = "report"
"""Anybody may use it: who works through the queue is judged by the controller."""
Style = discord.ButtonStyle
_ID = "[0-9]{15,20}"
_NUMBER = "[0-9]{1,10}"


class QueueButton(
    LastingButton,
    template=rf"gb:report:(?P<act>[a-z]+):(?P<number>{_NUMBER})",
):
    """One of the buttons under a report or an appeal."""

    command = COMMAND

    def __init__(self, act: str, number: int, label: str = "", style: Style = Style.secondary) -> None:
        super().__init__(discord.ui.Button(label=label or act, custom_id=f"gb:report:{act}:{number}", style=style))
        self._act, self._number = act, min(number, MAX_NUMBER)

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """Return the button that was pressed."""
        return cls(match["act"], int(match["number"]))

    async def press(self, interaction: Interaction) -> None:
        """Do what the button says."""
        from guildbase.features.reports.views.deciding import PRESSES  # not needed for the start.

        if (press := PRESSES.get(self._act)) is not None:
            await press(interaction, self._number)


class AnswerButton(
    LastingButton,
    template=rf"gb:answer:(?P<guild>{_ID}):(?P<number>{_NUMBER})",
):
    """Lets whoever wrote answer what the staff asks."""

    command = COMMAND

    def __init__(self, guild_id: int, number: int) -> None:
        label, custom_id = _("Answer"), f"gb:answer:{guild_id}:{number}"
        super().__init__(discord.ui.Button(label=label, custom_id=custom_id, style=Style.primary))
        self._guild_id, self._number = guild_id, number

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["guild"]), int(match["number"]))

    async def press(self, interaction: Interaction) -> None:
        """Open the form."""
        from guildbase.features.reports.views.writing import answer_form

        await answer_form(self._guild_id, min(self._number, MAX_NUMBER)).open(interaction)


class AppealButton(
    LastingButton,
    template=rf"gb:appeal:(?P<guild>{_ID}):(?P<number>{_NUMBER})",
):
    """Lets somebody appeal what a direct message tells them of, also if they are no longer in the server."""

    command = "appeal"

    def __init__(self, guild_id: int, number: int) -> None:
        super().__init__(discord.ui.Button(label=_("Appeal"), custom_id=f"gb:appeal:{guild_id}:{number}"))
        self._guild_id, self._number = guild_id, number

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["guild"]), int(match["number"]))

    async def press(self, interaction: Interaction) -> None:
        """Open the form."""
        from guildbase.features.reports.views.writing import open_appeal

        await open_appeal(interaction, self._guild_id, min(self._number, MAX_NUMBER))


def writer_of(interaction: Interaction) -> Caller:
    """Return who wrote, in a server or in a direct message, as somebody who has no rights there."""
    return Caller(user_id=interaction.user.id, name=str(interaction.user))


def queue_buttons(kind: ReportKind, number: int) -> discord.ui.View:
    """Return the buttons under something that is not closed."""
    view = discord.ui.View(timeout=None)
    # The class answers all presses; a view kept for each message would never be let go of.
    view.stop()
    for act, label, style in _buttons(kind):
        view.add_item(QueueButton(act, number, label, style))
    return view


def one_button(button: discord.ui.Item[Any]) -> discord.ui.View:
    """Return a view of this button alone."""
    view = discord.ui.View(timeout=None)
    view.stop()
    view.add_item(button)
    return view


async def staff_of(interaction: Interaction) -> Caller:
    """Return who pressed, with the rights of this moment."""
    return await caller_of_press(interaction, interaction.client.services)


def _buttons(kind: ReportKind) -> list[tuple[str, str, Style]]:
    """Return act, label and style of the buttons under something of the kind."""
    claim = ("claim", _("Claim or release"), Style.secondary)
    if kind is ReportKind.APPEAL:
        accept, reject = ("accept", _("Accept"), Style.success), ("reject", _("Reject"), Style.danger)
        return [claim, accept, reject, ("ask", _("Ask"), Style.secondary)]
    return [
        claim,
        ("warn", _("Warn"), Style.primary),
        ("timeout", _("Time out"), Style.danger),
        ("ban", _("Ban"), Style.danger),
        ("dismiss", _("Dismiss"), Style.success),
        ("ask", _("Ask reporter"), Style.secondary),
    ]
