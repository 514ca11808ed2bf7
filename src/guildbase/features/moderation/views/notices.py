"""What somebody is told of what was done to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord

from guildbase.core.i18n import _, marked, translated
from guildbase.features.moderation.kinds import CaseType
from guildbase.features.moderation.models import ModerationCase
from guildbase.features.moderation.views.cases import COLOUR
from guildbase.features.moderation.views.outcomes import when

if TYPE_CHECKING:
    from guildbase.features.moderation.schemas import ModerationSettings

TITLES = {
    CaseType.WARN: marked("You were warned in {server}"),
    CaseType.BAN: marked("You were banned from {server}"),
    CaseType.HACKBAN: marked("You were banned from {server}"),
    CaseType.TEMPBAN: marked("You were banned from {server} for a time"),
    CaseType.SOFTBAN: marked("You were removed from {server}, and may come back"),
    CaseType.UNBAN: marked("Your ban from {server} was lifted"),
    CaseType.KICK: marked("You were kicked from {server}"),
    CaseType.TIMEOUT: marked("You were timed out in {server}"),
    CaseType.UNTIMEOUT: marked("Your timeout in {server} is over"),
    CaseType.MUTE: marked("You were muted in {server}"),
    CaseType.UNMUTE: marked("You are not muted in {server} any more"),
    CaseType.JAIL: marked("You were jailed in {server}"),
    CaseType.UNJAIL: marked("You were released from jail in {server}"),
    CaseType.VOICE_MUTE: marked("You were muted in the voice channels of {server}"),
    CaseType.VOICE_UNMUTE: marked("You are not muted in the voice channels of {server} any more"),
    CaseType.DEAFEN: marked("You were deafened in {server}"),
    CaseType.UNDEAFEN: marked("You are not deafened in {server} any more"),
    CaseType.VOICE_KICK: marked("You were disconnected from voice in {server}"),
    CaseType.NICKNAME: marked("Your nickname in {server} was changed"),
    CaseType.CUSTOM: marked("The staff of {server} has something to tell you"),
}
_TEXTS = {
    CaseType.WARN: "text_warn",
    CaseType.TIMEOUT: "text_timeout",
    CaseType.MUTE: "text_mute",
    CaseType.JAIL: "text_jail",
    CaseType.KICK: "text_kick",
    CaseType.BAN: "text_ban",
    CaseType.HACKBAN: "text_ban",
    CaseType.TEMPBAN: "text_ban",
    CaseType.SOFTBAN: "text_ban",
}
"""The setting with the server's own words."""
_PLACE = re.compile(r"\{(user|server|reason|until|case|moderator)\}")
_LONGEST = 4000
"""Characters of an embed's text, with room to spare."""


def notice_embed(case: ModerationCase, guild_name: str, settings: ModerationSettings) -> discord.Embed:
    """Return what the person is told, in the server's own words if it has some, and how to appeal."""
    title = translated(TITLES[case.case_type], server=guild_name)[:256]
    embed = discord.Embed(title=title, colour=COLOUR, timestamp=case.created_at)
    own = getattr(settings, _TEXTS.get(case.case_type, ""), "")
    if own:
        embed.description = filled(own, case, guild_name)
    if "{reason}" not in own:
        embed.add_field(name=_("Reason"), value=case.reason, inline=False)
    if case.expires_at is not None and "{until}" not in own:
        embed.add_field(name=_("Until"), value=when(case), inline=False)
    if case.case_type is CaseType.JAIL and settings.jail_channel is not None:
        embed.add_field(name=_("Where to go"), value=f"<#{settings.jail_channel}>", inline=False)
    if settings.appeal:
        embed.add_field(name=_("What you can do"), value=settings.appeal, inline=False)
    embed.set_footer(text=_("Case #{number}", number=case.number))
    return embed


def filled(text: str, case: ModerationCase, guild_name: str) -> str:
    """Return the server's words with the known places filled; other braces, and what is put in, stay as they are."""
    values = {
        "user": f"<@{case.target_id}>",
        "server": guild_name,
        "reason": case.reason,
        "until": when(case),
        "case": str(case.number),
        "moderator": case.moderator_name,
    }
    return _PLACE.sub(lambda place: values[place[1]], text)[:_LONGEST]
