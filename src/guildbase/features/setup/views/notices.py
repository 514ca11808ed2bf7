"""What a server is told by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from guildbase.core.guild_sections import Refers
from guildbase.core.i18n import _, plural
from guildbase.features.setup.models import GuildReconciliation
from guildbase.features.setup.rules import MOST_LINES


def welcome_text(name: str) -> str:
    """Return the bot's first words in a server."""
    return _(
        "Hello, I am {name}. Whoever manages this server can set me up with the button or `/setup`; "
        "`/help` lists what I can do.",
        name=discord.utils.escape_markdown(name),
    )


def vanished_embed(report: GuildReconciliation) -> discord.Embed:
    """Return what the settings speak of in vain, and what to do about it."""
    embed = discord.Embed(
        title=_("Some settings lead nowhere"),
        description="\n".join(vanished_lines(report.things)),
        colour=discord.Colour.orange(),
    )
    return embed.set_footer(text=_("/setup takes them out or leaves them as they are."))


def vanished_lines(vanished: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each thing that vanished, as many as there is room for."""
    lines = [_line(row) for row in vanished[:MOST_LINES]]
    more = len(vanished) - len(lines)
    return lines if more <= 0 else [*lines, plural("… and {count} more", "… and {count} more", more)]


def _line(row: Mapping[str, Any]) -> str:
    where, thing_id = f"`{row['where'][:100].replace('`', '')}`", row["id"]
    if row["kind"] == Refers.ROLE:
        return _("{where}: the role `{id}` is gone.", where=where, id=thing_id)
    if row["kind"] == Refers.CHANNEL:
        return _("{where}: the channel `{id}` is gone.", where=where, id=thing_id)
    return _("{where}: <@{id}> is no member now. That stays as it is, in case they return.", where=where, id=thing_id)
