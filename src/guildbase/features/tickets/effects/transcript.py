"""Brings the copy of a ticket's messages in line with its channel, and sends transcripts to whom they concern."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord
import structlog

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.errors import Conflict
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, GuildSnapshots
from guildbase.core.snowflake import is_pseudonym
from guildbase.features.tickets.kinds import LIVE, LOG_TRANSCRIPT, SEND_TRANSCRIPT, TRANSCRIBE

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot
    from guildbase.features.tickets.controller.reading import TicketDetail
    from guildbase.features.tickets.controller.transcripts import Copy

log = structlog.get_logger(__name__)

PAGE = 100
"""Messages of one request; Discord gives no more."""
MAX_EMBEDS = 10
Progress = Callable[[int], Awaitable[None]]
"""Hears how many messages were compared so far."""


def copy_of(message: discord.Message, *, is_staff: bool = False) -> Copy:
    """Return what is kept of the message."""
    from guildbase.features.tickets.controller.transcripts import Copy

    return Copy(
        message_id=message.id,
        author_id=message.author.id,
        author_name=str(message.author),
        content=message.content or message.system_content or "",
        is_bot=message.author.bot,
        is_staff=is_staff,
        details=_details(message),
        edited_at=message.edited_at,
    )


def _details(message: discord.Message) -> dict[str, Any]:
    files = [
        {"id": str(it.id), "name": it.filename, "size": it.size, "type": it.content_type or "", "url": it.url}
        for it in message.attachments
    ]
    stickers = [it.name for it in message.stickers]
    reply_to = message.reference.message_id if message.reference is not None else None
    found = {
        "files": files,
        "embeds": [_quote(it) for it in message.embeds[:MAX_EMBEDS]],
        "stickers": stickers,
        "reply_to": str(reply_to) if reply_to else None,
    }
    return {name: value for name, value in found.items() if value}


def _quote(embed: discord.Embed) -> dict[str, Any]:
    fields = [{"name": it.name or "", "value": it.value or ""} for it in embed.fields]
    return {"title": embed.title or "", "text": embed.description or "", "fields": fields}


async def bring_in_line(
    bot: GuildbaseBot, guild_id: int, number: int, progress: Progress | None = None
) -> TicketDetail:
    """Compare the copy with the channel, page by page, and copy small files; return the ticket.

    What was compared stays so, so that whoever is cut off here goes on with the next page.
    """
    from guildbase.features.tickets.controller import TicketController
    from guildbase.features.tickets.controller.transcripts import TranscriptController

    tickets, keeper = bot.services.get(TicketController), bot.services.get(TranscriptController)
    detail = await tickets.get(SYSTEM, guild_id, number)
    if detail.ticket.transcript_at is None and (note := await _compare(bot, keeper, detail, progress)):
        await keeper.finish_without_channel(guild_id, number, note)
    await _copy_files(bot, keeper, guild_id, number)
    return await tickets.get(SYSTEM, guild_id, number)


async def _compare(bot: GuildbaseBot, keeper: Any, detail: TicketDetail, progress: Progress | None) -> str:
    """Go through the rest of the channel; return why that cannot be done, if so."""
    from guildbase.features.tickets.controller.transcripts import LOST, SHUT

    ticket = detail.ticket
    channel = bot.get_partial_messageable(ticket.channel_id, guild_id=ticket.guild_id) if ticket.channel_id else None
    if channel is None:
        return LOST
    until, count = ticket.compared_id or 0, 0
    while True:
        after = discord.Object(until)
        try:
            page = [message async for message in channel.history(limit=PAGE, after=after, oldest_first=True)]
        except discord.NotFound:
            return LOST
        except discord.Forbidden:
            return SHUT
        is_last = len(page) < PAGE
        copies = [copy_of(message, is_staff=_is_staff(bot, detail, message.author.id)) for message in page]
        has_room = await keeper.keep_page(ticket.guild_id, ticket.number, copies, is_last=is_last)
        count += len(page)
        if progress is not None:
            await progress(count)
        if is_last or not has_room:
            return ""
        until = page[-1].id


def _is_staff(bot: GuildbaseBot, detail: TicketDetail, user_id: int) -> bool:
    from guildbase.features.tickets import rules

    guild = bot.get_guild(detail.ticket.guild_id)
    member = guild.get_member(user_id) if guild is not None else None
    roles = frozenset(role.id for role in member.roles) if member is not None else frozenset()
    return user_id != detail.ticket.opener_id and rules.is_staff(roles, user_id, detail.standing)


async def _copy_files(bot: GuildbaseBot, keeper: Any, guild_id: int, number: int) -> None:
    for wanted in await keeper.wanted_files(guild_id, number):
        try:
            content = await bot.http.get_from_cdn(wanted.url)
        except discord.HTTPException as error:
            # Its link ran out, or it went with its message; the transcript names it.
            log.info("ticket_file_not_copied", ticket=number, reason=str(error))
            continue
        await keeper.keep_file(guild_id, number, wanted, content)


@effect(TRANSCRIBE)
async def transcribe(run: EffectRun) -> None:
    """Make the transcript of a ticket that was closed."""
    await bring_in_line(run.bot, run.guild_id, run.payload["number"])


async def keep(run: EffectRun, number: int) -> None:
    """Make sure of the transcript before the channel goes; raises what stands in its way, to be tried again."""
    detail = await bring_in_line(run.bot, run.guild_id, number)
    if detail.ticket.transcript_at is None:
        raise Conflict(_("The transcript is not made yet."), hint=_("It is tried again."))


@effect(LOG_TRANSCRIPT)
async def log_transcript(run: EffectRun) -> None:
    """Post the transcript to the log channel, where the server has one."""
    from guildbase.features.tickets.schemas import TicketSettings
    from guildbase.features.tickets.views.transcripts import closed_embed, transcript_file

    settings = (await run.bot.services.get(GuildSnapshots).load(run.guild_id)).get(TicketSettings)
    if settings.log_channel is None:
        return
    detail, conversation = await _read(run)
    channel = run.bot.get_partial_messageable(settings.log_channel, guild_id=run.guild_id)
    embed, file = closed_embed(detail.ticket, detail.category.name), await transcript_file(conversation)
    await channel.send(embed=embed, file=file, nonce=run.nonce, allowed_mentions=discord.AllowedMentions.none())


@effect(SEND_TRANSCRIPT)
async def send_transcript(run: EffectRun) -> None:
    """Tell whoever opened the ticket that it is closed, with its transcript and the question how they were helped."""
    from guildbase.features.tickets.schemas import TicketSettings
    from guildbase.features.tickets.views.rating import rating_view
    from guildbase.features.tickets.views.transcripts import closed_embed, transcript_file
    from guildbase.platform.users.controller import UserController

    settings = (await run.bot.services.get(GuildSnapshots).load(run.guild_id)).get(TicketSettings)
    detail, conversation = await _read(run)
    ticket, guild = detail.ticket, run.bot.get_guild(run.guild_id)
    is_gone = is_pseudonym(ticket.opener_id) or ticket.state in LIVE
    if is_gone or not (await run.controller(UserController).preferences(ticket.opener_id)).wants_dms:
        return
    more: dict[str, Any] = {}
    async with run.speaking_to(ticket.opener_id):
        embed = closed_embed(ticket, detail.category.name, guild.name if guild else _("a server"))
        if settings.transcript_to_opener:
            more["file"] = await transcript_file(conversation)
        if settings.ask_for_rating and ticket.rating is None:
            more |= {"view": rating_view(run.guild_id, ticket.number), "content": _("How were you helped?")}
    try:
        dm = await run.bot.create_dm(discord.Object(ticket.opener_id))
        await dm.send(embed=embed, nonce=run.nonce, **more)
    except (discord.Forbidden, discord.NotFound):
        log.info("ticket_opener_not_told", ticket=ticket.number)  # They take no direct messages.


async def _read(run: EffectRun) -> tuple[TicketDetail, Any]:
    from guildbase.features.tickets.controller import TicketController
    from guildbase.features.tickets.controller.transcripts import TranscriptController

    number = run.payload["number"]
    detail = await run.controller(TicketController).get(SYSTEM, run.guild_id, number)
    return detail, await run.controller(TranscriptController).conversation(SYSTEM, run.guild_id, number)
