"""What a message would come to, without doing anything; and files that lists come from and go to."""

from __future__ import annotations

import io
import re
from dataclasses import fields
from typing import TYPE_CHECKING

import discord

from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput, NoReply, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import Caller, GuildSnapshots
from guildbase.features.automod.controller import EnforcementController
from guildbase.features.automod.engine.facts import Facts
from guildbase.features.automod.judging import facts_of
from guildbase.features.automod.kinds import MAX_LIST_TEXT
from guildbase.features.automod.past import AskMessage, SeenMessage
from guildbase.features.automod.views.sheets import verdict_embed
from guildbase.services.container import BotServices

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

_LINK = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/channels/(\d{1,20})/(\d{1,20})/(\d{1,20})")


async def verdict_of(services: BotServices, caller: Caller, guild: discord.Guild, facts: Facts) -> discord.Embed:
    """Return what the server's rules say of the message; PermissionDenied to who is no moderator."""
    snapshot = await services.get(GuildSnapshots).load(guild.id)
    engine, decision = await services.get(EnforcementController).explain(caller, snapshot, facts)
    return verdict_embed([(rule.number, rule.name) for rule in engine.rules], decision)


async def facts_of_typed(ctx: Context, text: str) -> Facts:
    """Return the facts of the message that a link leads to, or of the text as a member without roles would write it.

    Raises:
        NotFound: there is no such message, or the asker may not see it.
    """
    found = _LINK.fullmatch(text.strip())
    if found is None:
        return Facts(content=text, now=ctx.message.created_at, guild_id=ctx.guild.id if ctx.guild else 0)
    asker = ctx.author if isinstance(ctx.author, discord.Member) else None
    if ctx.guild is None or asker is None:
        raise _missing()
    return facts_of(await _linked(ctx.guild, text, asker))


async def message_of(bot: GuildbaseBot, asked: AskMessage) -> SeenMessage:
    """Return the message that the link leads to, for the API.

    Raises:
        NotFound: there is no such message, or the asker may not see it.
        NoReply: Discord does not show the server at the moment.
    """
    guild = bot.get_guild(asked.guild_id)
    if guild is None or guild.unavailable:
        raise NoReply(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
    asker = None
    if asked.asker_id is not None:
        try:
            asker = guild.get_member(asked.asker_id) or await guild.fetch_member(asked.asker_id)
        except discord.NotFound:
            raise _missing() from None
    facts = facts_of(await _linked(guild, asked.link, asker))
    return SeenMessage(**{field.name: getattr(facts, field.name) for field in fields(SeenMessage)})


async def _linked(guild: discord.Guild, link: str, asker: discord.Member | None) -> discord.Message:
    """Return the message if the asker may read it; without one, the bot's own rights decide."""
    found = _LINK.fullmatch(link.strip())
    guild_id, channel_id, message_id = map(int, found.groups()) if found else (0, 0, 0)
    channel = guild.get_channel_or_thread(channel_id) if guild.id == guild_id else None
    if not isinstance(channel, discord.abc.Messageable):
        raise _missing()
    permissions = channel.permissions_for(asker) if asker is not None else None
    if permissions is not None and not (permissions.view_channel and permissions.read_message_history):
        raise _missing()
    try:
        return await channel.fetch_message(message_id)
    except (discord.NotFound, discord.Forbidden):
        raise _missing() from None


def _missing() -> NotFound:
    return NotFound(_("There is no such message here."), hint=_("Copy the link of a message of this server."))


async def lines_of(file: discord.Attachment) -> list[str]:
    """Return the lines of a text file; InvalidInput if it is none, or too large."""
    if file.size > MAX_LIST_TEXT * 4:
        raise InvalidInput(
            _("This file is too large."), hint=_("A list has at most {most} characters.", most=MAX_LIST_TEXT)
        )
    try:
        return (await file.read()).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InvalidInput(_("This is no text file."), hint=_("Save it as UTF-8, with one entry a line.")) from None


def as_file(name: str, entries: str) -> discord.File:
    """Return a list as a text file."""
    safe = re.sub(r"[^\w-]", "_", name)
    return discord.File(io.BytesIO(entries.encode()), filename=f"{safe}.txt")
