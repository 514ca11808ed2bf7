"""How transcripts and what is late look in Discord."""

from __future__ import annotations

import asyncio
import gzip
import io
from dataclasses import replace
from datetime import datetime

import discord

from guildbase.core.i18n import _, marked, translated
from guildbase.features.tickets.models import Ticket
from guildbase.features.tickets.transcripts import Conversation, to_html, to_json
from guildbase.features.tickets.transcripts.records import Said

MAX_UPLOAD = 8 * 1024 * 1024
"""Bytes of a file that every server takes."""
TIMED = {"response": marked("its first answer"), "resolution": marked("its end")}


async def transcript_file(conversation: Conversation, *, as_json: bool = False) -> discord.File:
    """Return the transcript as a file that Discord takes: without copies of files, then packed, if it is too large.

    It is made in a thread, because twenty thousand messages take seconds, in which the bot has to go on.
    """
    return await asyncio.to_thread(_file, conversation, as_json)


def _file(conversation: Conversation, as_json: bool) -> discord.File:
    make, ending = (to_json, "json") if as_json else (_html, "html")
    content = make(conversation)
    if len(content) > MAX_UPLOAD:
        content = make(replace(conversation, messages=[_without_files(said) for said in conversation.messages]))
    name = f"ticket-{conversation.number}.{ending}"
    if len(content) > MAX_UPLOAD:
        content, name = gzip.compress(content), f"{name}.gz"
    return discord.File(io.BytesIO(content), filename=name)


def _html(conversation: Conversation) -> bytes:
    return to_html(conversation).encode(errors="replace")


def _without_files(said: Said) -> Said:
    return replace(said, files=tuple(replace(file, content=None) for file in said.files))


def closed_embed(ticket: Ticket, category: str, guild_name: str = "") -> discord.Embed:
    """Return what the log channel shows of a closed ticket; with the server's name, what its opener is told."""
    title = _("Ticket #{number} is closed", number=ticket.number)
    embed = discord.Embed(title=title, colour=discord.Colour.blurple(), timestamp=ticket.closed_at)
    if guild_name:
        embed.add_field(name=_("Server"), value=discord.utils.escape_markdown(guild_name))
    else:
        embed.add_field(name=_("Opened by"), value=f"<@{ticket.opener_id}>")
    embed.add_field(name=_("Category"), value=discord.utils.escape_markdown(category))
    if ticket.assignee_id is not None:
        embed.add_field(name=_("Staff"), value=discord.utils.escape_markdown(ticket.assignee_name) or _("(erased)"))
    if ticket.subject:
        embed.add_field(name=_("Subject"), value=discord.utils.escape_markdown(ticket.subject), inline=False)
    if ticket.close_reason:
        reason = discord.utils.escape_markdown(ticket.close_reason)[:1024]
        embed.add_field(name=_("Reason"), value=reason, inline=False)
    if ticket.transcript_note:
        embed.add_field(name=_("Note"), value=translated(ticket.transcript_note), inline=False)
    return embed


def late_text(ticket: Ticket, timed: str, stage: str) -> str:
    """Return what the staff is told of a ticket that is late, or soon will be."""
    what = translated(TIMED[timed])
    where = f"<#{ticket.channel_id}>" if ticket.channel_id else f"#{ticket.number}"
    if stage == "near":
        return _(
            "⏳ Ticket #{number} ({where}) will soon be late with {what}.", number=ticket.number, where=where, what=what
        )
    return _("🚨 Ticket #{number} ({where}) is late with {what}.", number=ticket.number, where=where, what=what)


def idle_text(ticket: Ticket, over_at: datetime) -> str:
    """Return what is said in a ticket that waits for its opener in vain."""
    return _(
        "<@{user}>, this ticket is closed {when} unless you answer.",
        user=ticket.opener_id,
        when=discord.utils.format_dt(over_at, "R"),
    )
