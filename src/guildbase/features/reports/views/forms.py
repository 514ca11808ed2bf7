"""The forms of reports and appeals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from guildbase.bot.components import MAX_TITLE, cut
from guildbase.bot.context import settle
from guildbase.bot.views import BaseModal, Interaction
from guildbase.core.i18n import _
from guildbase.features.reports.kinds import MAX_TEXT

YES, NO = "yes", "no"
Written = Callable[[Interaction, "TextForm"], Awaitable[None]]


class TextForm(BaseModal):
    """Asks for a text, and whatever else is added to it."""

    def __init__(
        self,
        title: str,
        label: str,
        written: Written,
        *,
        command: str,
        is_needed: bool = True,
        text: str = "",
        about: str = "",
    ) -> None:
        super().__init__(title, command=command)
        self._written = written
        self._text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="text",
            style=discord.TextStyle.paragraph,
            required=is_needed,
            max_length=MAX_TEXT,
            default=text or None,
        )
        self._duration: discord.ui.TextInput[Any] | None = None
        self._choice: discord.ui.Select[Any] | None = None
        if about:
            self.add_item(discord.ui.TextDisplay(discord.utils.escape_markdown(about)))
        self._put(label, self._text)

    def ask_duration(self, label: str, default: str, *, is_needed: bool) -> None:
        """Ask also for how long."""
        self._duration = discord.ui.TextInput(
            custom_id="duration", required=is_needed, max_length=100, default=default or None
        )
        self._put(label, self._duration)

    def ask_yes_or_no(self, label: str) -> None:
        """Ask also a question that is answered with yes unless somebody says no."""
        yes = discord.SelectOption(label=_("Yes"), value=YES, default=True)
        options = [yes, discord.SelectOption(label=_("No"), value=NO)]
        self._choice = discord.ui.Select(custom_id="choice", options=options)
        self._put(label, self._choice)

    @property
    def text(self) -> str:
        """What was written."""
        return self._text.value

    @property
    def duration(self) -> str:
        """What was written as duration; empty if it was not asked for."""
        return self._duration.value if self._duration is not None else ""

    @property
    def is_yes(self) -> bool:
        """Whether the question was answered with yes."""
        return self._choice is None or NO not in self._choice.values

    async def open(self, interaction: Interaction) -> None:
        """Show the form."""
        await settle(interaction)
        await interaction.response.send_modal(self)

    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        """Hand on what was written."""
        await self._written(interaction, self)

    def _put(self, label: str, item: discord.ui.Item[Any]) -> None:
        self.add_item(discord.ui.Label(text=cut(label, MAX_TITLE), component=item))
