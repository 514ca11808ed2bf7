"""Keeps the channel or thread of a ticket in line with it, says in it what happened, and deletes it in the end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM
from guildbase.features.tickets.effects.access import bring_in, guild_of, overwrites_of, people_of, reason_of
from guildbase.features.tickets.kinds import LIVE, REMOVE, SYNC, TELL, Happening

if TYPE_CHECKING:
    from guildbase.features.tickets.controller.reading import TicketDetail
    from guildbase.features.tickets.effects.place import Place


async def _not_in_line(run: EffectRun) -> None:
    """After the last attempt the ticket says that its channel is not what it should be."""
    await _note(run, _("Discord did not take the change of the channel."))


async def _not_removed(run: EffectRun) -> None:
    """After the last attempt the ticket says that its channel is still there."""
    await _note(run, _("Discord did not delete the channel. `/ticket delete` tries it again."))


async def _note(run: EffectRun, failure: str) -> None:
    from guildbase.features.tickets.controller import TicketController

    await run.controller(TicketController).note_failure(run.guild_id, run.payload["number"], failure)


@effect(SYNC, on_failed=_not_in_line)
async def sync(run: EffectRun) -> None:
    """Bring the channel or thread into the state that the ticket demands now, whatever came in between."""
    from guildbase.features.tickets.controller import TicketController

    detail = await run.controller(TicketController).get(SYSTEM, run.guild_id, run.payload["number"])
    failure = ""
    try:
        await _sync(run, detail)
    except (discord.Forbidden, discord.NotFound) as error:
        failure = reason_of(error)
    if failure != detail.ticket.failure:
        await _note(run, failure)


async def _sync(run: EffectRun, detail: TicketDetail) -> None:
    from guildbase.features.tickets.controller import TicketController
    from guildbase.features.tickets.controller.recovery import RecoveryController

    place = await _place_of(run, detail)
    if isinstance(place, discord.Thread):
        await _sync_thread(place, detail, await run.controller(TicketController).taken_out(detail))
    elif place is not None:
        await _sync_channel(place, detail)
    elif detail.ticket.channel_id is not None:
        # It went while nobody looked: it is closed, and whoever opens it again gets a new one.
        await run.controller(RecoveryController).lost(run.guild_id, detail.ticket.channel_id)


async def _sync_channel(channel: discord.TextChannel, detail: TicketDetail) -> None:
    guild, ticket = channel.guild, detail.ticket
    wanted = overwrites_of(guild, detail)
    now = {target.id: overwrite for target, overwrite in channel.overwrites.items()}
    if now != {target.id: overwrite for target, overwrite in wanted.items()}:
        await channel.edit(overwrites=wanted)
    parent = guild.get_channel(detail.category.parent_id) if detail.category.parent_id else None
    if isinstance(parent, discord.CategoryChannel) and channel.category_id != parent.id:
        await channel.edit(category=parent)
    # Last, because Discord lets a channel be renamed only twice in ten minutes.
    if channel.name != ticket.channel_name:
        await channel.edit(name=ticket.channel_name)


async def _sync_thread(thread: discord.Thread, detail: TicketDetail, gone: set[int]) -> None:
    ticket, is_live = detail.ticket, detail.ticket.state in LIVE
    if is_live and (thread.archived or thread.locked):
        thread = await thread.edit(archived=False, locked=False)
    if not thread.archived:
        there = {member.id for member in await thread.fetch_members()}
        if is_live:
            await bring_in(thread, people_of(detail) - there)
        for user_id in sorted(gone & there):
            await thread.remove_user(discord.Object(user_id))
        if thread.name != ticket.channel_name:
            await thread.edit(name=ticket.channel_name)
    if not is_live and not thread.archived:
        await thread.edit(archived=True, locked=True)


@effect(TELL)
async def tell(run: EffectRun) -> None:
    """Say in the channel or thread what happened."""
    from guildbase.features.tickets.controller import TicketController
    from guildbase.features.tickets.views.ticket import told

    controller, number = run.controller(TicketController), run.payload["number"]
    detail = await controller.get(SYSTEM, run.guild_id, number)
    place = None
    with contextlib.suppress(discord.Forbidden):
        place = await _place_of(run, detail)
    entries = await controller.events(SYSTEM, run.guild_id, number, after=run.payload["event"] - 1)
    if place is None or not entries:
        return
    embed, view = told(entries[0])
    if view is not None:
        view.stop()  # The cog's own one answers all presses.
    mentions = discord.AllowedMentions.none()
    if entries[0].happening == Happening.CLOSE_ASKED:
        mentions = discord.AllowedMentions(users=[discord.Object(detail.ticket.opener_id)])
    content = f"<@{detail.ticket.opener_id}>" if entries[0].happening == Happening.CLOSE_ASKED else None
    extra: dict[str, Any] = {"view": view} if view is not None else {}
    # Whether it is gone or shut is found out and kept by what brings it in line.
    with contextlib.suppress(discord.NotFound, discord.Forbidden):
        await place.send(content, embed=embed, nonce=run.nonce, allowed_mentions=mentions, **extra)
        is_over = (await controller.get(SYSTEM, run.guild_id, number)).ticket.state not in LIVE
        if is_over and isinstance(place, discord.Thread):
            # Discord opens a thread for whatever is said in it, so one that was shut before is shut again.
            await place.edit(archived=True, locked=True)


@effect(REMOVE, on_failed=_not_removed)
async def remove(run: EffectRun) -> None:
    """Delete the channel or thread, after all that was written in it is kept."""
    from guildbase.features.tickets.controller import TicketController
    from guildbase.features.tickets.effects.transcript import keep

    controller, number = run.controller(TicketController), run.payload["number"]
    detail = await controller.get(SYSTEM, run.guild_id, number)
    await keep(run, number)
    try:
        place = await _place_of(run, detail)
        if place is not None:
            await place.delete()
    except discord.Forbidden as error:
        await _note(run, reason_of(error))
        return
    except discord.NotFound:
        pass  # Somebody was faster.
    await controller.removed(run.guild_id, number)


async def _place_of(run: EffectRun, detail: TicketDetail) -> Place | None:
    """Return the channel or thread as Discord has it now, None if it is gone; Forbidden if the bot may not see it."""
    channel_id = detail.ticket.channel_id
    if channel_id is None:
        return None
    try:
        found = await guild_of(run).fetch_channel(channel_id)
    except discord.NotFound:
        return None
    return found if isinstance(found, discord.TextChannel | discord.Thread) else None
