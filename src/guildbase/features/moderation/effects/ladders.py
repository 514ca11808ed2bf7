"""Takes the step that a warning leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from guildbase.bot.effects import EffectRun
from guildbase.bot.targets import bot_standing, target_of
from guildbase.core.ports import Caller
from guildbase.core.snowflake import is_pseudonym

if TYPE_CHECKING:
    from guildbase.features.moderation.models import ModerationCase


async def climb(run: EffectRun, case: ModerationCase) -> None:
    """Take the step that the warning leads to, if there is one; the effect of the warning is where it is promised."""
    from guildbase.features.moderation.controller.ladders import LadderController
    from guildbase.features.moderation.schemas import ModerationSettings
    from guildbase.platform.guilds.controller import GuildController

    guild = run.guild()
    settings = (await run.controller(GuildController).load(run.guild_id)).get(ModerationSettings)
    if guild is None or not settings.warning_steps or is_pseudonym(case.target_id):
        return
    person: discord.Member | discord.User | None = guild.get_member(case.target_id)
    try:
        person = person or await guild.fetch_member(case.target_id)
    except discord.NotFound:  # They have left; a ban reaches them all the same.
        person = await run.bot.fetch_user(case.target_id)
    by = Caller(user_id=guild.me.id, guild_id=guild.id, name=str(guild.me), is_system=True)
    target = target_of(guild, person)
    await run.controller(LadderController).climb(by, guild.id, case.number, target, bot_standing(guild))
