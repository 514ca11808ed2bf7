"""Buttons and menus that call a function: what views are made of, within Discord's limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import discord

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

    Interaction: TypeAlias = discord.Interaction[GuildbaseBot]
    _Button = discord.ui.Button[Any]
    _TextSelect = discord.ui.Select[Any]
    _RoleSelect = discord.ui.RoleSelect[Any]
    _ChannelSelect = discord.ui.ChannelSelect[Any]
    _UserSelect = discord.ui.UserSelect[Any]
else:
    Interaction = discord.Interaction
    _Button, _TextSelect = discord.ui.Button, discord.ui.Select
    _RoleSelect, _ChannelSelect, _UserSelect = discord.ui.RoleSelect, discord.ui.ChannelSelect, discord.ui.UserSelect

MAX_LABEL, MAX_OPTION, MAX_TITLE = 80, 100, 45
"""Longest label of a button, longest text of an option or placeholder, longest title of a form, in characters."""
MAX_OPTIONS = 25
Press: TypeAlias = Callable[[Interaction], Awaitable[None]]
Chosen: TypeAlias = Callable[[Interaction, Sequence[Any]], Awaitable[None]]


def cut(text: str, longest: int) -> str:
    """Return the text, shortened to so many characters where it is longer."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


class Button(_Button):
    """A button that calls `press`."""

    def __init__(self, press: Press, label: str, **options: Any) -> None:
        super().__init__(label=cut(label, MAX_LABEL), **options)
        self._press = press

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Hand the press on."""
        view: Any = self.view
        await view.pressed(self, interaction, partial(self._press, interaction))


class _Menu:
    """What the menus have in common."""

    values: Any
    view: Any

    def __init__(self, chosen: Chosen, placeholder: str, **options: Any) -> None:
        options["placeholder"] = cut(placeholder, MAX_OPTION)
        super().__init__(**options)
        self._chosen = chosen

    async def callback(self, interaction: Interaction) -> None:
        """Hand on what was picked."""
        await self.view.pressed(self, interaction, partial(self._chosen, interaction, self.values))


class OptionMenu(_Menu, _TextSelect):  # type: ignore[misc]
    """A menu of options of one's own."""


class RoleMenu(_Menu, _RoleSelect):  # type: ignore[misc]
    """A picker of roles."""


class ChannelMenu(_Menu, _ChannelSelect):  # type: ignore[misc]
    """A picker of channels."""


class UserMenu(_Menu, _UserSelect):  # type: ignore[misc]
    """A picker of people."""
