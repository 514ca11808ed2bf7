"""Suggests durations while somebody types one."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from guildbase.core.i18n import _

EXAMPLES = ("10m", "1h", "6h", "1d", "3d", "7d", "14d", "28d")
"""What is suggested before anything is typed."""
UNITS = ("m", "h", "d", "w")
"""What a number alone may be of."""


async def suggest_durations(_interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
    """Return what may be meant by what was typed so far, with an explanation of what can be typed."""
    from guildbase.core.validators import check_duration, duration_text

    wanted = typed.strip()
    if not wanted:
        return [app_commands.Choice(name=it, value=it) for it in EXAMPLES]
    if wanted.isascii() and wanted.isdecimal() and len(wanted) <= 4:
        return [app_commands.Choice(name=f"{wanted}{unit}", value=f"{wanted}{unit}") for unit in UNITS]
    try:
        name = duration_text(check_duration(wanted))
    except ValueError:
        # It may still become one, or is a moment, which the command reads in the time zone of who types.
        shown = _("{typed} (such as 1h 30m, 2 days, until tomorrow 18:00)", typed=wanted[:40])
        return [app_commands.Choice(name=shown[:100], value=wanted[:100])]
    return [app_commands.Choice(name=name, value=wanted[:100])]
