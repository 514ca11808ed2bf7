"""How a feature's `effects.py` declares what it does on Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from guildbase.bot.languages import language_of
from guildbase.core.errors import GuildbaseError, NoReply
from guildbase.core.i18n import _, speaking
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    import discord

    from guildbase.bot.client import GuildbaseBot

ControllerT = TypeVar("ControllerT", bound=BaseController)


class Refused(GuildbaseError):
    """It cannot be done, however often it is tried; the message says why, in words for people."""

    code = "refused"


@dataclass(frozen=True, slots=True)
class EffectRun:
    """One attempt at a promised effect."""

    bot: GuildbaseBot
    effect_id: int
    promised_at: datetime
    guild_id: int
    payload: dict[str, Any]
    error: Exception | None = None
    """What ended the last attempt; for `on_failed` alone."""

    @property
    def nonce(self) -> str:
        """The nonce for a message: Discord answers a repeated one with the first message instead of a second.

        Discord remembers it for a few minutes only. The moment of the promise is part of it, because the
        numbers of a new database begin anew. At most 25 characters.
        """
        return f"{self.effect_id:x}-{int(self.promised_at.timestamp() * 1000):x}"

    def controller(self, kind: type[ControllerT]) -> ControllerT:
        """Return the controller of the type."""
        return self.bot.services.get(kind)

    def guild(self) -> discord.Guild | None:
        """Return the server, or None if the bot is not in it any more.

        Raises:
            NoReply: Discord does not show it at the moment, so the effect is tried again.
        """
        guild = self.bot.get_guild(self.guild_id)
        if guild is not None and guild.unavailable:
            raise NoReply(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
        return guild

    @asynccontextmanager
    async def speaking_to(self, user_id: int) -> AsyncIterator[None]:
        """Speak the language of the person inside the block; outside of it, it is the server's."""
        with speaking(await language_of(self.bot.services, user_id, self.guild_id)):
            yield


RunEffect = Callable[[EffectRun], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class EffectHandler:
    """A declared effect."""

    kind: str
    run: RunEffect
    on_failed: RunEffect | None
    attempts: int | None = None
    """How often it is tried; None for as long as the promise is young."""


def effect(
    kind: str, *, on_failed: RunEffect | None = None, attempts: int | None = None
) -> Callable[[RunEffect], EffectHandler]:
    """Declare the function that runs effects of this kind, and what to do when the last attempt failed.

    With a number of attempts the pauses grow fast: eight are spread over three hours.
    """
    return lambda run: EffectHandler(kind, run, on_failed, attempts)


def effects_in(module: ModuleType) -> Iterator[EffectHandler]:
    """Yield every effect that the module declares."""
    yield from (value for value in vars(module).values() if isinstance(value, EffectHandler))
