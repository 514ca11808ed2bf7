"""Tells the staff of tickets that are late, and people of tickets that are closed for their silence."""

from __future__ import annotations

from datetime import datetime

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.ports import SYSTEM, GuildSnapshots
from guildbase.features.tickets.kinds import ALERT, LIVE, WARN_IDLE, TicketState


@effect(ALERT)
async def alert(run: EffectRun) -> None:
    """Warn the staff in the channel that the settings name, or else in the ticket."""
    from guildbase.features.tickets.controller import TicketController
    from guildbase.features.tickets.schemas import TicketSettings
    from guildbase.features.tickets.views.transcripts import late_text

    detail = await run.controller(TicketController).get(SYSTEM, run.guild_id, run.payload["number"])
    settings = (await run.bot.services.get(GuildSnapshots).load(run.guild_id)).get(TicketSettings)
    channel_id = settings.alert_channel or detail.ticket.channel_id
    if detail.ticket.state not in LIVE or channel_id is None:
        return  # It was closed meanwhile.
    roles = [discord.Object(role_id) for role_id in sorted(detail.standing.staff_roles)]
    names = " ".join(f"<@&{role.id}>" for role in roles)
    text = f"{names} {late_text(detail.ticket, run.payload['timed'], run.payload['stage'])}".strip()
    mentions = discord.AllowedMentions(everyone=False, users=False, roles=roles)
    channel = run.bot.get_partial_messageable(channel_id, guild_id=run.guild_id)
    await channel.send(text, nonce=run.nonce, allowed_mentions=mentions)


@effect(WARN_IDLE)
async def warn_idle(run: EffectRun) -> None:
    """Tell the person in their ticket when it is closed."""
    from guildbase.features.tickets.controller import TicketController
    from guildbase.features.tickets.views.transcripts import idle_text

    ticket = (await run.controller(TicketController).get(SYSTEM, run.guild_id, run.payload["number"])).ticket
    if ticket.state is not TicketState.WAITING_FOR_USER or ticket.channel_id is None:
        return  # They answered meanwhile.
    mentions = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(ticket.opener_id)])
    channel = run.bot.get_partial_messageable(ticket.channel_id, guild_id=run.guild_id)
    async with run.speaking_to(ticket.opener_id):
        text = idle_text(ticket, datetime.fromisoformat(run.payload["over_at"]))
    await channel.send(text, nonce=run.nonce, allowed_mentions=mentions)
