"""Says in our own words why Discord refused something."""

from __future__ import annotations

import discord

from guildbase.bot.effects import Refused
from guildbase.core.i18n import _, marked, translated

UNKNOWN_MEMBER, UNKNOWN_ROLE, UNKNOWN_USER, UNKNOWN_BAN = 10007, 10011, 10013, 10026
NOT_IN_VOICE, TOO_MANY_BANS = 40032, 30035
WORDS = {
    UNKNOWN_MEMBER: marked("They are not in this server any more."),
    UNKNOWN_ROLE: marked("The role is not there any more."),
    UNKNOWN_USER: marked("There is no such account."),
    UNKNOWN_BAN: marked("They were not banned."),
    NOT_IN_VOICE: marked("They are in no voice channel."),
    TOO_MANY_BANS: marked("Discord takes no more bans of people who are not in the server for now."),
}


def words_for(error: Exception | None) -> str:
    """Return why it could not be done, for people."""
    if isinstance(error, Refused):
        return error.message
    if isinstance(error, discord.HTTPException):
        if error.code in WORDS:
            return translated(WORDS[error.code])
        if error.status == 403:
            return _("Discord does not let the bot do this: it lacks a permission, or its role is too low.")
        if error.status == 404:
            return _("Discord does not find them, or the bot is not in this server any more.")
        if error.status == 400:
            return _("Discord refused it as wrong.")
    return _(
        "Discord did not answer for hours, so this was given up. Look whether it was done, and do it again if not."
    )


def is_unknown(error: discord.HTTPException, *codes: int) -> bool:
    """Tell whether Discord says that it does not know one of these things."""
    return error.code in codes
