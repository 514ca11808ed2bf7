"""What the tools for channels do when it is time."""

from __future__ import annotations

from guildbase.services.due_work import DueRun, due


@due("channels.unlock")
async def unlock(run: DueRun) -> None:
    """Give the channel or the server back."""
    from guildbase.features.channels.controller.lockdown import LockdownController

    await run.controller(LockdownController).run_out(run)


@due("channels.end_slow_mode")
async def end_slow_mode(run: DueRun) -> None:
    """Give the channel the slow mode that it had before."""
    from guildbase.features.channels.controller.slow_mode import SlowModeController

    await run.controller(SlowModeController).run_out(run)


@due("channels.remove_newcomer")
async def remove_newcomer(run: DueRun) -> None:
    """Remove somebody who did not pass the gate in time."""
    from guildbase.features.channels.controller.gate import GateController

    await run.controller(GateController).run_out(run)
