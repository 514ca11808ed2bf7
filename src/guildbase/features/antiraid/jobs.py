"""What is done about raids when it is time."""

from __future__ import annotations

from guildbase.services.due_work import DueRun, due


@due("antiraid.quiet")
async def end_quiet_raid(run: DueRun) -> None:
    """End a raid with which nobody came for a while."""
    from guildbase.features.antiraid.controller import RaidController

    await run.controller(RaidController).run_out(run)
