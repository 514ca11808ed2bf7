"""What moderation announces."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.events import Event


@dataclass(frozen=True, slots=True)
class CaseOpened(Event):
    """A case was written; its effect on Discord is promised."""

    guild_id: int
    number: int


@dataclass(frozen=True, slots=True)
class CaseSettled(Event):
    """It is known what became of a case: it was done, it failed, it was not needed, or it is over."""

    guild_id: int
    number: int
