"""What reports and appeals do on Discord, run by the outbox executor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.i18n import _, speaking
from guildbase.core.ports import SYSTEM
from guildbase.core.snowflake import is_pseudonym
from guildbase.features.reports.kinds import SHOW, STRIKE, TELL, Happening, ReportKind, ReportState

if TYPE_CHECKING:
    from guildbase.features.reports.controller.queue import Entry, QueueController


@effect(SHOW)
async def show(run: EffectRun) -> None:
    """Post a new report into the queue's channel, or bring the message there in line."""
    queue, number = _queue(run), run.payload["number"]
    entry = await queue.entry(SYSTEM, run.guild_id, number)
    if entry.report.queue_message_id is None and not await _post(run, entry):
        return
    shown = None
    # What happened while it was posted or changed saw no message, or an older one.
    while shown != entry.report.events:
        shown = entry.report.events
        entry = await queue.entry(SYSTEM, run.guild_id, number)
        await _change(run, entry)


async def _post(run: EffectRun, entry: Entry) -> bool:
    """Post the message if this is the effect to do it; False if there is none."""
    from guildbase.features.reports.views.buttons import queue_buttons
    from guildbase.features.reports.views.texts import queue_embed

    settings = await _queue(run).settings(run.guild_id)
    is_appeal = entry.report.kind is ReportKind.APPEAL
    channel_id = settings.appeal_channel if is_appeal else settings.report_channel
    guild = run.guild()
    channel = guild.get_channel(channel_id) if guild and channel_id else None
    if not run.payload["is_new"] or not isinstance(channel, discord.TextChannel):
        return False
    ping = discord.Object(settings.ping_role) if settings.ping_role else None
    with speaking(await _language(run)):
        sent = await channel.send(
            f"<@&{ping.id}>" if ping else None,
            embed=queue_embed(entry),
            view=queue_buttons(entry.report.kind, entry.report.number),
            nonce=run.nonce,
            allowed_mentions=discord.AllowedMentions(everyone=False, users=False, roles=[ping] if ping else False),
        )
    await _queue(run).posted(run.guild_id, entry.report.number, channel.id, sent.id)
    return True


async def _change(run: EffectRun, entry: Entry) -> None:
    from guildbase.features.reports.views.buttons import queue_buttons
    from guildbase.features.reports.views.texts import queue_embed

    report, guild = entry.report, run.guild()
    channel = guild.get_channel(report.queue_channel_id) if guild and report.queue_channel_id else None
    if not isinstance(channel, discord.TextChannel) or report.queue_message_id is None:
        return
    is_closed = report.state is ReportState.CLOSED
    with speaking(await _language(run)):
        view = None if is_closed else queue_buttons(report.kind, report.number)
        try:
            await channel.get_partial_message(report.queue_message_id).edit(embed=queue_embed(entry), view=view)
        except discord.NotFound:  # Somebody deleted it; `/reports view` shows it all the same.
            return


@effect(TELL)
async def tell(run: EffectRun) -> None:
    """Tell whoever wrote what the staff asks, or how it ended, unless they take no direct messages."""
    from guildbase.features.reports.views.buttons import AnswerButton, one_button
    from guildbase.features.reports.views.texts import told_text
    from guildbase.platform.users.controller import UserController

    entry = await _queue(run).entry(SYSTEM, run.guild_id, run.payload["number"])
    events = {event.position: event for event in entry.events}
    about, user_id = events[run.payload["about"]], events[run.payload["to"]].actor_id
    if user_id is None or is_pseudonym(user_id):
        return
    if not (await run.controller(UserController).preferences(user_id)).wants_dms:
        return
    guild = run.bot.get_guild(run.guild_id)
    async with run.speaking_to(user_id):
        text = told_text(entry.report, about, guild.name if guild else _("a server"))
        view = one_button(AnswerButton(run.guild_id, entry.report.number))
    try:
        person = await run.bot.create_dm(discord.Object(user_id))
        if about.happening is Happening.ASKED:
            await person.send(text, view=view, nonce=run.nonce)
        else:
            await person.send(text, nonce=run.nonce)
    except (discord.Forbidden, discord.NotFound):
        await _queue(run).unreached(run.guild_id, entry.report.number, run.payload["to"])


@effect(STRIKE)
async def strike(run: EffectRun) -> None:
    """Have a case count no longer whose appeal was accepted."""
    from guildbase.features.moderation.controller.history import HistoryController

    reason = _("An appeal was accepted.")
    await run.controller(HistoryController).strike(SYSTEM, run.guild_id, run.payload["case"], reason)


def _queue(run: EffectRun) -> QueueController:
    from guildbase.features.reports.controller import QueueController

    return run.controller(QueueController)


async def _language(run: EffectRun) -> str:
    """Return the server's language."""
    from guildbase.platform.guilds.controller import GuildController

    return (await run.controller(GuildController).load(run.guild_id)).locale
