"""Makes valid callers, targets and ids; a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.snowflake import SnowflakeMaker
from guildbase.core.targets import Target
from guildbase.features.moderation.rules import MODERATE_MEMBERS
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.container import BotServices

new_id = SnowflakeMaker()


def member(guild_id: int, **changes: Any) -> Caller:
    """Return a caller in the guild without any rights."""
    return replace(Caller(user_id=new_id(), guild_id=guild_id, name="Mel Member", top_role=1), **changes)


def moderator(guild_id: int, **changes: Any) -> Caller:
    """Return a caller in the guild who may moderate all whose top role is below 5."""
    return member(guild_id, **{"name": "Mo Moderator", "permissions": MODERATE_MEMBERS, "top_role": 5, **changes})


def target(**changes: Any) -> Target:
    """Return an ordinary member to act on."""
    return replace(Target(new_id(), "Terry Target", top_role=1), **changes)


async def set_general(services: BotServices, guild_id: int, **changes: Any) -> None:
    """Set prefix, language, log channels or level roles of the server."""
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "guilds", changes)
