"""Base of all cogs: finds controllers and tells who the caller is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import discord
from discord.ext import commands

from guildbase.bot.callers import caller_of
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

ControllerT = TypeVar("ControllerT", bound=BaseController)


class BaseCog(commands.Cog):
    """A cog of a feature. It parses, asks a controller and answers; it decides nothing itself."""

    def __init__(self, bot: GuildbaseBot) -> None:
        self.bot = bot

    @property
    def services(self) -> BotServices:
        """The services of this process."""
        return self.bot.services

    def controller(self, kind: type[ControllerT]) -> ControllerT:
        """Return the controller of the type."""
        return self.services.get(kind)

    async def caller(self, ctx: Context) -> Caller:
        """Return who runs the command."""
        return await caller_of(ctx, self.services)

    @staticmethod
    def guild(ctx: Context) -> discord.Guild:
        """Return the server that the command was used in; InvalidInput in a direct message."""
        if ctx.guild is None:
            raise InvalidInput(_("This works in servers only."), hint=_("Use it in a channel of a server."))
        return ctx.guild
