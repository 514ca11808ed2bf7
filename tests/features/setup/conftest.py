"""Who sets a server up."""

from __future__ import annotations

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.simulator import Permission, Person, ScriptedGuild
from tests.waiting import until

MANAGER = "Manager"


@pytest.fixture
async def manager(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> Person:
    """A member who may manage the server and is no administrator."""
    manager = guild.member("manager", roles=[MANAGER])
    await guild.owner.changes_role(MANAGER, permissions=str(int(Permission.MANAGE_GUILD)))
    here = guildbase_bot.get_guild(guild.id)
    await until(lambda: here is not None and any(role.permissions.manage_guild for role in here.roles))
    return manager
