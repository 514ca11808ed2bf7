"""Posts panels, changes them in place, and takes them down."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.i18n import _
from guildbase.features.tickets.effects.access import guild_of, may_pass, reason_of
from guildbase.features.tickets.kinds import POST_PANEL, TAKE_PANEL_DOWN

if TYPE_CHECKING:
    from guildbase.features.tickets.controller.panels import PostedPanel


async def _not_posted(run: EffectRun) -> None:
    """After the last attempt the panel says that it is not what it should be."""
    from guildbase.features.tickets.controller import PanelController

    await run.controller(PanelController).not_posted(
        run.guild_id, run.payload["panel"], _("Discord did not answer for too long.")
    )


@effect(POST_PANEL, on_failed=_not_posted)
async def post_panel(run: EffectRun) -> None:
    """Make the panel's message what the panel is now."""
    from guildbase.features.tickets.controller import PanelController
    from guildbase.features.tickets.controller.errors import PanelNotFound

    controller, number = run.controller(PanelController), run.payload["panel"]
    try:
        found = await controller.get(run.guild_id, number)
    except PanelNotFound:
        return  # It was deleted meanwhile.
    channel = guild_of(run).get_channel(found.panel.channel_id)
    if not isinstance(channel, discord.TextChannel):
        await controller.not_posted(run.guild_id, number, _("Its channel is gone."))
        return
    try:
        message_id = await _shown(run, channel, found)
    except discord.HTTPException as error:
        if may_pass(error):
            raise
        await controller.not_posted(run.guild_id, number, reason_of(error))
        return
    if not await controller.posted(run.guild_id, number, channel.id, message_id):
        # It was deleted or moved elsewhere at this moment, when nobody knew of this message yet.
        await channel.get_partial_message(message_id).delete()


async def _shown(run: EffectRun, channel: discord.TextChannel, found: PostedPanel) -> int:
    from guildbase.features.tickets.views.panel import panel_embed, panel_view

    embed, view = panel_embed(found.panel, found.categories), panel_view(found.panel, found.categories)
    view.stop()  # The cog's own one answers all presses.
    if (message_id := found.panel.message_id) is not None:
        with contextlib.suppress(discord.NotFound):
            await channel.get_partial_message(message_id).edit(embed=embed, view=view)
            return message_id
    return (await channel.send(embed=embed, view=view, nonce=run.nonce)).id


@effect(TAKE_PANEL_DOWN)
async def take_panel_down(run: EffectRun) -> None:
    """Delete a panel's message, if it is still there."""
    channel = guild_of(run).get_channel(int(run.payload["channel_id"]))
    if isinstance(channel, discord.TextChannel):
        with contextlib.suppress(discord.NotFound, discord.Forbidden):
            await channel.get_partial_message(int(run.payload["message_id"])).delete()
