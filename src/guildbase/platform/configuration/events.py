"""What happens to settings."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.events import Event


@dataclass(frozen=True, slots=True)
class ConfigurationChanged(Event):
    """A server changed what it has set of a feature; the keys are those whose value changed."""

    guild_id: int
    feature: str
    version: int
    keys: tuple[str, ...]
