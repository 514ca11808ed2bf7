"""Finds, counts, deletes and sums up what a purge is about."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.context import Context
from guildbase.bot.views import Confirmation, Interaction, replace
from guildbase.core.clock import utcnow
from guildbase.core.i18n import _, plural
from guildbase.core.ports import Caller
from guildbase.features.channels.controller.purge import PurgeController
from guildbase.features.channels.rules.purge import (
    MOST_READ,
    Batches,
    Filters,
    SeenMessage,
    as_file,
    authors,
    batches,
    takes,
)
from guildbase.platform.configuration.controller import ConfigurationController

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

Tell = Callable[[str], Awaitable[object]]
TELL_EVERY = 3.0  # seconds
LARGEST_FILE = 8 << 20
"""Bytes of a file that Discord takes in any server."""
NOBODY = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True)
class PurgeOrder:
    """Messages that are to go."""

    caller: Caller
    guild: discord.Guild
    channel: Any
    messages: tuple[SeenMessage, ...]
    reason: str
    asked: Mapping[str, str]
    """The filters, for the audit."""


@dataclass(slots=True)
class Deleted:
    """What became of them."""

    count: int = 0
    gone: int = 0
    """Somebody else was quicker."""
    failure: str = ""


async def find(channel: Any, filters: Filters, count: int, after: int | None, before: int | None) -> list[SeenMessage]:
    """Return the newest messages that the filters take, of those after and before these ids."""
    found: list[SeenMessage] = []
    newest = discord.Object(before) if before else None
    oldest = discord.Object(after) if after else None
    async for message in channel.history(limit=MOST_READ, before=newest, after=oldest, oldest_first=False):
        seen = _seen(message)
        if takes(filters, seen):
            found.append(seen)
            if len(found) == count:
                break
    return found


async def ask(ctx: Context, order: PurgeOrder, *, confirm_from: int, keeps_texts: bool) -> None:
    """Delete at once if it is little; else say how much it is and ask."""
    if not order.messages:
        await ctx.send(_("No message fits. Nothing was deleted."), ephemeral=True)
        return
    if len(order.messages) < confirm_from:
        answer = await ctx.send(_("Deleting …"), ephemeral=True)
        await _purge(ctx.bot, order, lambda text: _edit(answer, text), keeps_texts=keeps_texts)
        return

    async def confirmed(interaction: Interaction) -> None:
        await replace(interaction, content=_("Deleting …"), view=None)
        bot = interaction.client

        async def tell(text: str) -> None:
            with contextlib.suppress(discord.HTTPException):
                await interaction.edit_original_response(content=text, allowed_mentions=NOBODY)

        await _purge(bot, order, tell, keeps_texts=keeps_texts)

    count = len(order.messages)
    label = plural("Delete {count} message", "Delete {count} messages", count)
    view = Confirmation(ctx.author.id, command="purge", label=label, confirmed=confirmed)
    await view.send(ctx, _preview(order), allowed_mentions=NOBODY)


def _preview(order: PurgeOrder) -> str:
    plan = batches(order.messages, utcnow())
    lines = [_("This deletes {count} messages:", count=len(order.messages)), _by_author(order)]
    if plan.single:
        lines.append(_("{count} are older than 14 days and go one by one, about one a second.", count=len(plan.single)))
    if plan.left:
        lines.append(_("{count} more that old are left; use the command again for them.", count=plan.left))
    return "\n".join(lines)


def _by_author(order: PurgeOrder) -> str:
    return ", ".join(f"<@{user_id}>: {count}" for user_id, count in authors(order.messages))


async def _purge(bot: GuildbaseBot, order: PurgeOrder, tell: Tell, *, keeps_texts: bool) -> None:
    """Delete them, keep in the audit that it began and what came of it, and sum up."""
    controller = bot.services.get(PurgeController)
    channel_id, guild_id = order.channel.id, order.guild.id
    begun = {"messages": len(order.messages), **order.asked}
    await controller.begin(order.caller, guild_id, channel_id, order.reason, begun)
    kept = await _keep_texts(bot, order) if keeps_texts else ""
    plan, deleted = batches(order.messages, utcnow()), Deleted()
    try:
        await _delete(order, plan, deleted, tell)
    finally:
        done = {"deleted": deleted.count, "gone": deleted.gone, "failure": deleted.failure}
        await controller.finish(order.caller, guild_id, channel_id, done)
    await tell(_summary(order, plan, deleted, kept))


async def _delete(order: PurgeOrder, plan: Batches, deleted: Deleted, tell: Tell) -> None:
    reason, told = order.reason or f"/purge ({order.caller.name})"[:400], time.monotonic()
    try:
        for group in plan.bulk:
            await order.channel.delete_messages([discord.Object(it) for it in group], reason=reason)
            deleted.count += len(group)
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                await tell(_progress(order, deleted))
        for message_id in plan.single:
            try:
                await order.channel.get_partial_message(message_id).delete()
                deleted.count += 1
            except discord.NotFound:
                deleted.gone += 1
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                await tell(_progress(order, deleted))
    except discord.Forbidden:
        deleted.failure = _("Discord does not let me delete messages here any more.")
    except discord.HTTPException as error:
        deleted.failure = _("Discord failed: {status}.", status=error.status)


def _progress(order: PurgeOrder, deleted: Deleted) -> str:
    return _("Deleting … {done} of {count}.", done=deleted.count + deleted.gone, count=len(order.messages))


def _summary(order: PurgeOrder, plan: Batches, deleted: Deleted, kept: str) -> str:
    lines = [plural("Deleted {count} message.", "Deleted {count} messages.", deleted.count), _by_author(order), kept]
    if deleted.gone:
        lines.append(_("{count} were gone already.", count=deleted.gone))
    if plan.left:
        lines.append(_("{count} more that are older than 14 days are left; use the command again.", count=plan.left))
    if deleted.failure:
        lines.append(deleted.failure)
    return "\n".join(filter(None, lines))


async def _keep_texts(bot: GuildbaseBot, order: PurgeOrder) -> str:
    """Put the texts into the mod-log before they go; return what to tell about it."""
    current: Any = await bot.services.get(ConfigurationController).current(order.guild.id, "guilds")
    channel = order.guild.get_channel(current.settings.mod_log_channel or 0)
    if not isinstance(channel, discord.TextChannel):
        return _("There is no mod-log to keep the texts in.")
    data = as_file(order.messages).encode()[:LARGEST_FILE]
    text = _(
        "{person} purges {count} messages in {channel}. {reason}",
        person=f"<@{order.caller.user_id}>",
        count=len(order.messages),
        channel=order.channel.mention,
        reason=discord.utils.escape_markdown(order.reason),
    )
    try:
        await channel.send(text, file=discord.File(io.BytesIO(data), "purged.txt"), allowed_mentions=NOBODY)
    except discord.HTTPException:
        return _("I could not keep the texts in the mod-log.")
    return _("The texts are in the mod-log.")


def _seen(message: discord.Message) -> SeenMessage:
    return SeenMessage(
        message.id,
        message.author.id,
        str(message.author),
        message.author.bot,
        message.content,
        message.created_at,
        bool(message.attachments),
        bool(message.embeds),
        message.pinned,
    )


async def _edit(answer: discord.Message, text: str) -> None:
    with contextlib.suppress(discord.HTTPException):  # Whoever asked may have dismissed it.
        await answer.edit(content=text, allowed_mentions=NOBODY)
