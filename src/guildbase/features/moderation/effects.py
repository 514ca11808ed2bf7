"""What moderation does on Discord, run by the outbox executor."""

from __future__ import annotations

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.ports import SYSTEM
from guildbase.core.snowflake import is_pseudonym
from guildbase.features.moderation.controller import TELL_TARGET, ModerationController
from guildbase.features.moderation.models import NoticeState
from guildbase.features.moderation.views import notice_embed


async def _undelivered(run: EffectRun) -> None:
    """After the last attempt the warning stands, and the case says that the member was not told."""
    controller = run.controller(ModerationController)
    await controller.confirm_case(SYSTEM, run.guild_id, run.payload["number"], NoticeState.FAILED)


@effect(TELL_TARGET, on_failed=_undelivered)
async def tell_target(run: EffectRun) -> None:
    """Tell the member of the case by direct message, and keep whether that worked."""
    controller = run.controller(ModerationController)
    case = await controller.get_case(SYSTEM, run.guild_id, run.payload["number"])
    if is_pseudonym(case.target_id):  # They had themselves erased before the notice went out.
        await controller.confirm_case(SYSTEM, run.guild_id, case.number, NoticeState.REFUSED)
        return
    guild = run.bot.get_guild(run.guild_id)
    embed = notice_embed(case, guild.name if guild else "a server")
    notice = NoticeState.DELIVERED
    try:
        member = await run.bot.create_dm(discord.Object(case.target_id))
        await member.send(embed=embed, nonce=run.nonce)
    except (discord.Forbidden, discord.NotFound):
        notice = NoticeState.REFUSED
    await controller.confirm_case(SYSTEM, run.guild_id, case.number, notice)
