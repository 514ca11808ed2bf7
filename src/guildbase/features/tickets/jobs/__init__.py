"""What tickets do when it is time."""

from __future__ import annotations

from guildbase.features.tickets.kinds import TIMER
from guildbase.services.due_work import DueRun, due


@due(TIMER)
async def timer(run: DueRun) -> None:
    """Warn of what is late, and close what is silent."""
    from guildbase.features.tickets.controller.sla import SlaController  # not needed for the start.

    await run.controller(SlaController).ring(run)
