"""How cases look in Discord."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from guildbase.core.snowflake import is_pseudonym
from guildbase.features.moderation.models import ModerationCase, NoticeState
from guildbase.features.moderation.records import UserCase

COLOUR = discord.Colour.orange()
ERASED = "(erased)"
"""What stands for a person who had their data erased, and for what was written about them."""
NOTICES = {
    NoticeState.PENDING: "is being told by direct message",
    NoticeState.DELIVERED: "was told by direct message",
    NoticeState.REFUSED: "takes no direct messages, so was not told",
    NoticeState.FAILED: "could not be told by direct message",
}


def opened_text(case: ModerationCase) -> str:
    """Return the answer to the moderator, which also tells how the notice fares."""
    return f"Case #{case.number}: warned <@{case.target_id}>, who {NOTICES[case.notice]}."


def case_embed(case: ModerationCase) -> discord.Embed:
    """Return one case in full."""
    embed = discord.Embed(title=f"Case #{case.number}: {case.case_type}", colour=COLOUR, timestamp=case.created_at)
    embed.add_field(name="Member", value=_person(case.target_id, case.target_name))
    embed.add_field(name="Moderator", value=_person(case.moderator_id, case.moderator_name))
    embed.add_field(name="State", value=f"{case.state}; the member {NOTICES[case.notice]}")
    embed.add_field(name="Reason", value=case.reason or ERASED, inline=False)
    return embed


def list_embed(cases: Sequence[ModerationCase | UserCase]) -> discord.Embed:
    """Return cases in short, newest first."""
    lines = [_line(case) for case in cases]
    text = "\n".join(lines) or "No cases yet. `/warn` opens one."
    return discord.Embed(title="Cases", description=text, colour=COLOUR)


def _line(case: ModerationCase | UserCase) -> str:
    when, reason = discord.utils.format_dt(case.created_at, "R"), _short(case.reason or ERASED)
    return f"**#{case.number}** {case.case_type} {_mention(case.target_id)} {when}: {reason}"


def notice_embed(case: ModerationCase, guild_name: str) -> discord.Embed:
    """Return what the member is told."""
    embed = discord.Embed(title=f"You were warned in {guild_name}", colour=COLOUR, timestamp=case.created_at)
    embed.add_field(name="Reason", value=case.reason, inline=False)
    embed.set_footer(text=f"Case #{case.number}")
    return embed


def _person(user_id: int, name: str) -> str:
    return f"{_mention(user_id)} ({discord.utils.escape_markdown(name)})" if name else _mention(user_id)


def _mention(user_id: int) -> str:
    """Return what shows the person, if they are still to be shown."""
    return ERASED if is_pseudonym(user_id) else f"<@{user_id}>"


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    return discord.utils.escape_markdown(line if len(line) <= 60 else f"{line[:59]}…")
