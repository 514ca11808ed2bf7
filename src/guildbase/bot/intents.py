"""Which gateway intents the bot asks for: what features declare, and privileged ones only where granted."""

from __future__ import annotations

from dataclasses import dataclass

import discord
import structlog

from guildbase.bot.preflight import GRANTS
from guildbase.core.errors import ConfigurationError
from guildbase.core.registry import FeatureRegistry

log = structlog.get_logger(__name__)

TEXT_COMMANDS = ("guild_messages", "dm_messages", "message_content")


@dataclass(frozen=True, slots=True)
class IntentPlan:
    """The intents to identify with, and whether text commands can work with them."""

    intents: discord.Intents
    text_commands: bool


def plan_intents(registry: FeatureRegistry, granted: frozenset[str]) -> IntentPlan:
    """Return the smallest set of intents that serves the features.

    Raises:
        ConfigurationError: a feature cannot work without a privileged intent that is not granted.
    """
    needed, optional = registry.intents()
    missing = sorted(name for name in needed if name in GRANTS and name not in granted)
    if missing:
        raise ConfigurationError(
            f"Features need the privileged intents {', '.join(missing)}.",
            hint="Grant them under Bot, Privileged Gateway Intents, at https://discord.com/developers.",
        )
    wanted = set(needed) | {name for name in optional if name not in GRANTS or name in granted}
    text_commands = "message_content" in granted
    if text_commands:
        wanted.update(TEXT_COMMANDS)
    else:
        log.warning("text_commands_off", reason="Discord grants no Message Content intent; slash commands work.")
    intents = discord.Intents.none()
    for name in sorted(wanted | {"guilds"}):
        if name not in discord.Intents.VALID_FLAGS:
            askers = ", ".join(f.name for f in registry.features.values() if name in (*f.intents, *f.optional_intents))
            raise ConfigurationError(
                f"{name!r}, asked for by {askers}, is no gateway intent.", hint="Use discord.py's names of intents."
            )
        setattr(intents, name, True)
    return IntentPlan(intents, text_commands)
