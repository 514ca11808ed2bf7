"""What a block does on Discord, run by the outbox executor."""

from __future__ import annotations

import contextlib

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.platform.standing.controller import GlobalStandingController
from guildbase.platform.standing.controller.decisions import LEAVE_GUILD


@effect(LEAVE_GUILD)
async def leave_guild(run: EffectRun) -> None:
    """Leave the server, unless the block was lifted meanwhile."""
    if await run.controller(GlobalStandingController).is_blocked_guild(run.guild_id):
        with contextlib.suppress(discord.NotFound):  # It is left already.
            # By its id, since another process may have the server's shard.
            await run.bot.http.leave_guild(run.guild_id)
