"""What privacy does again and again."""

from __future__ import annotations

from datetime import timedelta

from guildbase.platform.privacy.controller import PrivacyController
from guildbase.services.container import BotServices
from guildbase.services.due_work import Result, job


@job(every=timedelta(minutes=10))
async def erase(services: BotServices) -> Result:
    """Carry out the erasures that were asked for, also those that were cut off, and those of guilds that were left."""
    controller = services.get(PrivacyController)
    announced = await controller.announce_sweeps()
    finished = await controller.finish()
    return {"announced": announced, "erased": len(finished)}


async def reapply_erasures(services: BotServices) -> int:
    """Erase again whom a restored backup brought back; return how many people and guilds that were."""
    return await services.get(PrivacyController).reapply()
