"""The words that cases are described in, and how people and reasons look."""

from __future__ import annotations

import discord

from guildbase.core.i18n import _, marked, translated
from guildbase.core.snowflake import is_pseudonym
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType, NoticeState

COLOUR = discord.Colour.orange()
ERASED = marked("(erased)")
"""What stands for a person who had their data erased, and for what was written about them."""
TYPES = {
    CaseType.WARN: marked("warning"),
    CaseType.BAN: marked("ban"),
    CaseType.HACKBAN: marked("ban from afar"),
    CaseType.TEMPBAN: marked("temporary ban"),
    CaseType.SOFTBAN: marked("soft ban"),
    CaseType.UNBAN: marked("unban"),
    CaseType.KICK: marked("kick"),
    CaseType.TIMEOUT: marked("timeout"),
    CaseType.UNTIMEOUT: marked("end of a timeout"),
    CaseType.MUTE: marked("mute"),
    CaseType.UNMUTE: marked("unmute"),
    CaseType.JAIL: marked("jail"),
    CaseType.UNJAIL: marked("release from jail"),
    CaseType.VOICE_MUTE: marked("voice mute"),
    CaseType.VOICE_UNMUTE: marked("voice unmute"),
    CaseType.DEAFEN: marked("deafening"),
    CaseType.UNDEAFEN: marked("end of a deafening"),
    CaseType.VOICE_KICK: marked("voice disconnect"),
    CaseType.NICKNAME: marked("nickname"),
    CaseType.CUSTOM: marked("type of this server's own"),
}
STATES = {
    CaseState.OPEN: marked("open"),
    CaseState.CONFIRMED: marked("confirmed"),
    CaseState.FAILED: marked("failed"),
    CaseState.EXPIRED: marked("expired"),
    CaseState.VOID: marked("void"),
}
NOTICES = {
    NoticeState.PENDING: marked("is being told by direct message"),
    NoticeState.DELIVERED: marked("was told by direct message"),
    NoticeState.REFUSED: marked("takes no direct messages, so was not told"),
    NoticeState.FAILED: marked("could not be told by direct message"),
    NoticeState.NONE: marked("was not to be told"),
}
SOURCES = {
    CaseSource.COMMAND: marked("command"),
    CaseSource.API: marked("dashboard or program"),
    CaseSource.DISCORD: marked("by hand in Discord"),
    CaseSource.AUTOMOD: marked("automod"),
    CaseSource.RAID: marked("raid protection"),
    CaseSource.LADDER: marked("warnings that added up"),
    CaseSource.REPORT: marked("report"),
    CaseSource.APPEAL: marked("appeal"),
}


def type_name(case_type: CaseType, custom_type: str | None) -> str:
    """Return what the type is called."""
    return custom_type if custom_type is not None else translated(TYPES[case_type])


def person(user_id: int | None, name: str) -> str:
    """Return who somebody is; a program has a name only."""
    plain = discord.utils.escape_markdown(name)
    if user_id is None:
        return plain
    return f"{mention(user_id)} ({plain})" if name else mention(user_id)


def mention(user_id: int) -> str:
    """Return what shows the person, if they are still to be shown."""
    return translated(ERASED) if is_pseudonym(user_id) else f"<@{user_id}>"


def short(text: str, most: int = 60) -> str:
    """Return the text on one line, which nothing in it changes."""
    line = " ".join((text or translated(ERASED)).split())
    return discord.utils.escape_markdown(line if len(line) <= most else f"{line[: most - 1]}…")


def when(moment: object) -> str:
    """Return the moment as everybody sees it in their own time zone."""
    return discord.utils.format_dt(moment, "f") if moment is not None else _("never")  # type: ignore[arg-type]
