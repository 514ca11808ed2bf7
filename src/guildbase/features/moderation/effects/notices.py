"""Tells people of what was done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM
from guildbase.core.snowflake import is_pseudonym
from guildbase.features.moderation.effects.ladders import climb
from guildbase.features.moderation.kinds import APPEAL_BUTTON, TELL_TARGET, NoticeState

if TYPE_CHECKING:
    from guildbase.features.moderation.models import ModerationCase


async def _undelivered(run: EffectRun) -> None:
    """After the last attempt the warning stands, and the case says that the member was not told."""
    from guildbase.features.moderation.controller import ModerationController

    controller = run.controller(ModerationController)
    await controller.confirm_case(SYSTEM, run.guild_id, run.payload["number"], NoticeState.FAILED)


@effect(TELL_TARGET, on_failed=_undelivered)
async def tell_target(run: EffectRun) -> None:
    """Tell the member of the case by direct message, and keep whether that worked."""
    from guildbase.features.moderation.controller import ModerationController

    controller = run.controller(ModerationController)
    case = await controller.get_case(SYSTEM, run.guild_id, run.payload["number"])
    await climb(run, case)
    notice = await tell(run, case) if case.notice is NoticeState.PENDING else case.notice
    await controller.confirm_case(SYSTEM, run.guild_id, case.number, notice)


async def tell(run: EffectRun, case: ModerationCase) -> NoticeState:
    """Tell the person of the case by direct message, unless they want none; return what came of it."""
    from guildbase.features.moderation.schemas import ModerationSettings  # Not needed to start.
    from guildbase.features.moderation.views.notices import notice_embed
    from guildbase.platform.guilds.controller import GuildController
    from guildbase.platform.users.controller import UserController

    # They had themselves erased before the notice went out, or told the bot that they want none.
    if is_pseudonym(case.target_id) or not (await run.controller(UserController).preferences(case.target_id)).wants_dms:
        return NoticeState.REFUSED
    guild = run.bot.get_guild(run.guild_id)
    settings = (await run.controller(GuildController).load(run.guild_id)).get(ModerationSettings)
    if case.case_type not in settings.told:
        return NoticeState.NONE
    async with run.speaking_to(case.target_id):
        embed = notice_embed(case, guild.name if guild else _("a server"), settings)
        view = _appeal_button(case, embed) if settings.has_appeal_button else None
    try:
        member = await run.bot.create_dm(discord.Object(case.target_id))
        if view is None:
            await member.send(embed=embed, nonce=run.nonce)
        else:
            await member.send(embed=embed, view=view, nonce=run.nonce)
    except (discord.Forbidden, discord.NotFound):
        return NoticeState.REFUSED
    return NoticeState.DELIVERED


def _appeal_button(case: ModerationCase, embed: discord.Embed) -> discord.ui.View:
    """Return the button to appeal, which the feature of appeals answers also after a restart, and name the command."""
    code = f"{case.guild_id}-{case.number}"
    how = _("Press the button, or use `/appeal case:{code}` here.", code=code)
    embed.add_field(name=_("If you think this is wrong"), value=how, inline=False)
    view = discord.ui.View(timeout=None)
    # A view kept for each message would never be let go of.
    view.stop()
    custom_id = f"{APPEAL_BUTTON}{case.guild_id}:{case.number}"
    view.add_item(discord.ui.Button(label=_("Appeal"), custom_id=custom_id))
    return view
