"""Makes the channel or thread of a ticket, once, however often the attempt is cut off."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.errors import Conflict
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM
from guildbase.features.tickets.effects.access import bring_in, guild_of, may_pass, overwrites_of, people_of, reason_of
from guildbase.features.tickets.kinds import PLACE, TicketKind, TicketState

if TYPE_CHECKING:
    from guildbase.features.tickets.controller.reading import TicketDetail

CLOCKS_APART = timedelta(minutes=1)
"""How far the database's clock and Discord's may differ."""
Place: TypeAlias = discord.TextChannel | discord.Thread


async def _given_up(run: EffectRun) -> None:
    """After the last attempt nobody waits for the channel any more."""
    await _fail(run, _("Discord did not answer for too long."))


@effect(PLACE, on_failed=_given_up)
async def place(run: EffectRun) -> None:
    """Make the channel or thread, greet in it, and keep both."""
    from guildbase.features.tickets.controller import OpeningController, TicketController

    number, made = run.payload["number"], None
    detail = await run.controller(TicketController).get(SYSTEM, run.guild_id, number)
    guild = guild_of(run)
    try:
        made = await _made_before(run, guild, detail)
        if detail.ticket.state is not TicketState.OPENING:
            # It was closed before it had a channel, or this attempt was done already.
            await _take_back(run, made)
            return
        made = made or await _make(guild, detail)
        greeting = await _greet(run, made, detail)
    except discord.HTTPException as error:
        if may_pass(error):
            raise
        await _fail(run, reason_of(error))
        await _take_back(run, made)
        return
    except Conflict as error:
        await _fail(run, error.text)
        return
    try:
        await run.controller(OpeningController).placed(run.guild_id, number, made.id, greeting.id)
    except Conflict:
        await _take_back(run, made)  # It was closed at this moment, or another attempt was faster.


async def _fail(run: EffectRun, failure: str) -> None:
    from guildbase.features.tickets.controller import OpeningController, TicketController

    detail = await run.controller(TicketController).get(SYSTEM, run.guild_id, run.payload["number"])
    if detail.ticket.state is TicketState.OPENING:
        await run.controller(OpeningController).failed(run.guild_id, run.payload["number"], failure)


async def _take_back(run: EffectRun, made: Place | None) -> None:
    """Delete what was made, unless the ticket has it by now: another attempt may have gone on with it."""
    from guildbase.features.tickets.controller import TicketController

    ticket = (await run.controller(TicketController).get(SYSTEM, run.guild_id, run.payload["number"])).ticket
    if made is not None and made.id != ticket.channel_id:
        with contextlib.suppress(discord.NotFound, discord.Forbidden):
            await made.delete()


async def _made_before(run: EffectRun, guild: discord.Guild, detail: TicketDetail) -> Place | None:
    """Return what an attempt that was cut off has made: Discord is asked, since memory may not know it yet."""
    from guildbase.features.tickets import rules

    ticket = detail.ticket
    if ticket.kind is TicketKind.THREAD:
        since = run.promised_at - CLOCKS_APART
        threads = (
            it
            for it in await guild.active_threads()
            if it.owner_id == guild.me.id and (it.created_at or since) >= since
        )
        return next((it for it in threads if it.name == ticket.channel_name), None)
    mark = rules.marker(guild.id, ticket.number)
    channels = (it for it in await guild.fetch_channels() if isinstance(it, discord.TextChannel))
    # A closed ticket's old channel has the mark, too, unless it was deleted; that is the one it has.
    return next((it for it in channels if (it.topic or "").endswith(mark)), None)


async def _make(guild: discord.Guild, detail: TicketDetail) -> Place:
    from guildbase.features.tickets import rules

    ticket, category = detail.ticket, detail.category
    parent = guild.get_channel(category.parent_id) if category.parent_id is not None else None
    if ticket.kind is TicketKind.THREAD:
        if not isinstance(parent, discord.TextChannel):
            raise Conflict(_("The channel for these threads is gone."), hint=_("Set another: `/ticket category edit`."))
        kind = discord.ChannelType.private_thread
        return await parent.create_thread(name=ticket.channel_name, type=kind, invitable=False)
    return await guild.create_text_channel(
        ticket.channel_name,
        category=parent if isinstance(parent, discord.CategoryChannel) else None,
        overwrites=overwrites_of(guild, detail),
        topic=f"{ticket.subject or category.name} · {rules.marker(guild.id, ticket.number)}",
        reason=_("Ticket #{number}", number=ticket.number),
    )


async def _greet(run: EffectRun, made: Place, detail: TicketDetail) -> discord.Message:
    """Say the first words, unless an attempt that was cut off did; they bring people into a thread."""
    from guildbase.features.tickets.views.buttons import TicketButtons
    from guildbase.features.tickets.views.ticket import greeting

    async for message in made.history(limit=10, oldest_first=True):
        if message.author.id == made.guild.me.id and message.components:
            return message
    if isinstance(made, discord.Thread):
        await bring_in(made, people_of(detail))
    buttons = TicketButtons()
    buttons.stop()  # The cog's own one answers all presses.
    # The roles are mentioned, because only so does the staff see a private thread.
    allowed = discord.AllowedMentions(users=[discord.Object(detail.ticket.opener_id)], roles=True, everyone=False)
    content, embed = greeting(detail)
    return await made.send(content, embed=embed, view=buttons, nonce=run.nonce, allowed_mentions=allowed)
