"""What the operator has the bot do on Discord, run by the outbox executor."""

from __future__ import annotations

import contextlib

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.platform.operations.kinds import LEAVE


@effect(LEAVE)
async def leave(run: EffectRun) -> None:
    """Leave the server."""
    with contextlib.suppress(discord.NotFound):  # It is left already.
        # By its id, since another process may have the server's shard.
        await run.bot.http.leave_guild(run.guild_id)
