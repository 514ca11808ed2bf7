"""The end of what lasts."""

from __future__ import annotations

from guildbase.features.moderation.kinds import EXPIRE
from guildbase.services.due_work import DueRun, due


@due(EXPIRE)
async def expire(run: DueRun) -> None:
    """End a case whose time is over, if it still is the one that decides."""
    from guildbase.features.moderation.controller.expiry import ExpiryController

    await run.controller(ExpiryController).expire(run)
