"""The context of a command, and a late "thinking…" for one that takes long.

Discord cuts an interaction off after 3 seconds. A command that has not answered after 2 is deferred by
itself, and its answer then fills the deferred one, which only its asker sees. A slow command whose answer
is for everyone calls `ctx.defer()` first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord.ext import commands

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

    _Base = commands.Context[GuildbaseBot]
else:
    _Base = commands.Context

log = structlog.get_logger(__name__)

PATIENCE = 2.0  # seconds until a silent interaction is deferred
_KEY = "late_defer"


class LateDefer:
    """Defers one interaction, unless its answer comes first."""

    def __init__(self, interaction: discord.Interaction[Any]) -> None:
        self._interaction = interaction
        self._deferral: asyncio.Task[None] | None = None
        # Nearly every command answers in time, so waiting is a timer, which costs far less than a task.
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._begin)
        interaction.extras[_KEY] = self

    async def settle(self) -> None:
        """Call before answering: stops the wait, or lets a deferral that has begun finish."""
        self._timer.cancel()
        if self._deferral is not None:
            await asyncio.gather(self._deferral, return_exceptions=True)

    def _begin(self) -> None:
        if not self._interaction.response.is_done():
            self._deferral = asyncio.create_task(self._defer())

    async def _defer(self) -> None:
        # What is pressed on a message edits that message later; it shows no "thinking…" of its own.
        await self._interaction.response.defer(ephemeral=True, thinking=self._interaction.message is None)

    @staticmethod
    def watches(interaction: discord.Interaction[Any]) -> bool:
        """Tell whether somebody has begun to answer this interaction."""
        return _KEY in interaction.extras


async def settle(interaction: discord.Interaction[Any]) -> None:
    """Make sure that no late deferral runs into the answer that follows."""
    late = interaction.extras.get(_KEY)
    if isinstance(late, LateDefer):
        await late.settle()


async def answer(interaction: discord.Interaction[Any], text: str) -> None:
    """Tell the person who used a command, button or form something that only they see; suggest nothing to who types."""
    try:
        await settle(interaction)
        if interaction.type is discord.InteractionType.autocomplete:
            await interaction.response.autocomplete([])
        elif interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as failure:
        name = interaction.command.qualified_name if interaction.command else ""
        log.warning("error_not_told", command=name, reason=str(failure))


class Context(_Base):
    """What a command works with."""

    granted: int = 0
    """Permission bits that a rule of the server gives for this one use of a text command."""

    async def send(self, *args: Any, **kwargs: Any) -> discord.Message:
        """Answer; see discord.py's `Context.send` for the arguments."""
        if self.interaction is not None:
            await settle(self.interaction)
        return await super().send(*args, **kwargs)

    async def defer(self, *, ephemeral: bool = False) -> None:
        """Show that the answer will take a while; nothing happens if that is shown already."""
        if self.interaction is not None:
            await settle(self.interaction)
            if self.interaction.response.is_done():
                return
        await super().defer(ephemeral=ephemeral)
