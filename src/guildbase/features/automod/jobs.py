"""What automod does from time to time."""

from __future__ import annotations

from datetime import timedelta

from guildbase.core.ports import SYSTEM
from guildbase.services.container import BotServices
from guildbase.services.due_work import Result, job


@job(every=timedelta(hours=6))
async def native_rules(services: BotServices) -> Result:
    """Mend what was changed of our rules in Discord's own AutoMod while nobody listened."""
    from guildbase.features.automod.controller import RuleController

    controller = services.get(RuleController)
    guilds = await controller.guilds_with_native()
    return {"rules": sum([await controller.sync_again(SYSTEM, guild_id) for guild_id in guilds])}
