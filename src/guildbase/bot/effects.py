"""How a feature's `effects.py` declares what it does on Discord."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

ControllerT = TypeVar("ControllerT", bound=BaseController)


@dataclass(frozen=True, slots=True)
class EffectRun:
    """One attempt at a promised effect."""

    bot: GuildbaseBot
    effect_id: int
    promised_at: datetime
    guild_id: int
    payload: dict[str, Any]

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


RunEffect = Callable[[EffectRun], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class EffectHandler:
    """A declared effect."""

    kind: str
    run: RunEffect
    on_failed: RunEffect | None


def effect(kind: str, *, on_failed: RunEffect | None = None) -> Callable[[RunEffect], EffectHandler]:
    """Declare the function that runs effects of this kind, and what to do when the last attempt failed."""
    return lambda run: EffectHandler(kind, run, on_failed)


def effects_in(module: ModuleType) -> Iterator[EffectHandler]:
    """Yield every effect that the module declares."""
    yield from (value for value in vars(module).values() if isinstance(value, EffectHandler))
