"""Gives and takes the roles of newcomers, and removes those who never passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.i18n import _

if TYPE_CHECKING:
    from guildbase.features.channels.controller.gate import GateController

_WHY = "/verify"


@effect("channels.mark_newcomer")
async def mark_newcomer(run: EffectRun) -> None:
    """Give the role of those who wait, unless they are in by now."""
    from guildbase.features.channels.kinds import NewcomerState

    controller, user_id = _controller(run), int(run.payload["user_id"])
    role_id = (await controller.settings(run.guild_id)).gate_unverified_role
    if role_id is not None and await controller.state(run.guild_id, user_id) is NewcomerState.WAITING:
        await run.bot.http.add_role(run.guild_id, user_id, role_id, reason=_WHY)
        if await controller.state(run.guild_id, user_id) is NewcomerState.ADMITTED:
            # They got in at this very moment, perhaps after that role was taken from them.
            await run.bot.http.remove_role(run.guild_id, user_id, role_id, reason=_WHY)


async def _not_admitted(run: EffectRun) -> None:
    """Let the next press try again, and tell the staff."""
    user_id = int(run.payload["user_id"])
    await _controller(run).fail(run.guild_id, user_id)
    person = f"<@{user_id}>"
    await _tell(run, _("{person} passed the gate, but I could not give the role: check my roles.", person=person))


@effect("channels.admit", on_failed=_not_admitted)
async def admit(run: EffectRun) -> None:
    """Give the role of members and take the one of those who wait."""
    user_id = int(run.payload["user_id"])
    settings = await _controller(run).settings(run.guild_id)
    if settings.gate_role is None:
        return
    await run.bot.http.add_role(run.guild_id, user_id, settings.gate_role, reason=_WHY)
    if settings.gate_unverified_role is not None:
        await run.bot.http.remove_role(run.guild_id, user_id, settings.gate_unverified_role, reason=_WHY)
    if run.payload.get("is_new"):
        await _tell(run, _("{person} passed the gate.", person=f"<@{user_id}>"))


@effect("channels.remove_newcomer")
async def remove_newcomer(run: EffectRun) -> None:
    """Kick somebody who did not pass in time; whoever left is gone anyway."""
    from guildbase.features.channels.kinds import NewcomerState

    user_id = int(run.payload["user_id"])
    if await _controller(run).state(run.guild_id, user_id) is not NewcomerState.REMOVED:
        return  # They were let in, or came anew, since this was promised.
    try:
        await run.bot.http.kick(user_id, run.guild_id, reason=_("Did not pass the gate in time"))
    except discord.NotFound:
        return
    except discord.Forbidden:
        await _tell(run, _("I may not kick <@{user_id}>, who did not pass the gate in time.", user_id=user_id))
        return
    await _tell(run, _("<@{user_id}> did not pass the gate in time and was kicked.", user_id=user_id))


async def _tell(run: EffectRun, text: str) -> None:
    """Tell the gate's log, where there is one that the bot may write in."""
    channel_id = (await _controller(run).settings(run.guild_id)).gate_log_channel
    guild = run.guild()
    channel = guild.get_channel(channel_id) if guild is not None and channel_id is not None else None
    if isinstance(channel, discord.TextChannel) and channel.permissions_for(channel.guild.me).send_messages:
        await channel.send(text, nonce=run.nonce, allowed_mentions=discord.AllowedMentions.none())


def _controller(run: EffectRun) -> GateController:
    from guildbase.features.channels.controller.gate import GateController

    return run.controller(GateController)
