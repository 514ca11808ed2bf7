"""Buttons and menus for everybody that work for good, whatever was restarted since they were sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.components import Interaction
from guildbase.bot.early_presses import OURS
from guildbase.bot.gate import passes_press
from guildbase.bot.views import BaseView, begin_press, tell_error
from guildbase.core.ports import Caller

__all__ = ["OURS", "LastingButton", "LastingView"]


class LastingView(BaseView):
    """Buttons for everybody, which also work after a restart: give one to `bot.add_view` at each start."""

    def __init__(self, name: str, *, command: str) -> None:
        super().__init__(0, command=command)
        self.timeout = None
        self._name = name

    async def interaction_check(self, interaction: Interaction, /) -> bool:  # type: ignore[override]
        """Begin the press."""
        await begin_press(interaction)
        return await passes_press(interaction, self.command)

    async def pressed(self, _item: Any, _interaction: Interaction, press: Callable[[], Awaitable[None]]) -> None:
        """Handle the presses of many people at once."""
        await press()

    def _id(self, name: str) -> str:
        return f"{OURS}{self._name}:{name}"


class LastingButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=rf"{OURS}never"):
    """One button that carries what it is about in its id; what `press` raises is told to the person who pressed.

    A subclass names its `template`, which begins with `gb:`; give it to `bot.add_dynamic_items` at each start.
    """

    command: str
    """Qualified name of the command that rights go by."""

    async def press(self, interaction: Interaction) -> None:
        """Do what the button is for."""
        raise NotImplementedError

    async def interaction_check(self, interaction: Any, /) -> bool:
        """Begin the press; discord.py would tell nobody of an error."""
        try:
            await begin_press(interaction)
            return await passes_press(interaction, self.command)
        except Exception as error:
            await tell_error(interaction, error, self.command)
            return False

    async def callback(self, interaction: Any) -> None:
        """Handle the press, and tell an error to the person who pressed."""
        try:
            await self.press(interaction)
        except Exception as error:
            await tell_error(interaction, error, self.command)

    async def caller(self, interaction: Interaction) -> Caller:
        """Return who pressed, with the rights of this moment."""
        return await caller_of_press(interaction, interaction.client.services)
