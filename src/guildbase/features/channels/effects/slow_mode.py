"""Brings a channel to its slow mode."""

from __future__ import annotations

from typing import Any

from guildbase.bot.effects import EffectRun, effect
from guildbase.features.channels.kinds import NATIVE_SLOW_MODE

_MOST = int(NATIVE_SLOW_MODE.total_seconds())


@effect("channels.set_slow_mode")
async def set_slow_mode(run: EffectRun) -> None:
    """Have Discord show the slow mode of the channel as far as it can, or what it had before."""
    from guildbase.features.channels.controller.slow_mode import SlowModeController

    channel_id = int(run.payload["channel_id"])
    slow_mode = await run.controller(SlowModeController).of(run.guild_id, channel_id)
    channel: Any = await run.bot.http.get_channel(channel_id)
    shown = int(channel.get("rate_limit_per_user") or 0)
    if slow_mode is not None:
        wanted = min(slow_mode.seconds, _MOST)
    elif "to" not in run.payload or ("from" in run.payload and shown != min(run.payload["from"], _MOST)):
        return  # It ended meanwhile, or somebody set another one by hand, which stays.
    else:
        wanted = int(run.payload["to"])
    if wanted != shown:
        await run.bot.http.edit_channel(channel_id, rate_limit_per_user=wanted, reason="/slowmode")
