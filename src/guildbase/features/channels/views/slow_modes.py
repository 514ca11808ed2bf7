"""How slow modes look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from guildbase.core.i18n import _
from guildbase.core.validators import duration_text

if TYPE_CHECKING:
    from guildbase.features.channels.models import SlowMode


def list_embed(ours: Sequence[SlowMode], shown: Mapping[int, int]) -> discord.Embed:
    """Return where people have to wait: by our commands, and by hand."""
    lines = [_line(it) for it in ours]
    known = {it.channel_id for it in ours}
    by_hand = {channel_id: seconds for channel_id, seconds in shown.items() if seconds and channel_id not in known}
    lines += [f"<#{channel_id}>: {_length(seconds)}" for channel_id, seconds in by_hand.items()]
    text = "\n".join(lines[:40]) or _("No channel is slow. `/slowmode set` makes one so.")
    return discord.Embed(title=_("Slow modes"), description=text, colour=discord.Colour.orange())


def _line(it: SlowMode) -> str:
    text = f"<#{it.channel_id}>: {_length(it.seconds)}"
    if it.expires_at is None:
        return text
    return f"{text}, {_('until {when}', when=discord.utils.format_dt(it.expires_at, 'R'))}"


def _length(seconds: int) -> str:
    return duration_text(timedelta(seconds=seconds))
