"""How lockdowns look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from guildbase.core.i18n import _, marked, translated
from guildbase.features.channels.kinds import LockState

if TYPE_CHECKING:
    from guildbase.features.channels.controller.lockdown import Progress
    from guildbase.features.channels.models import ChannelLock

SHOWN = 20
_ICONS = {LockState.PENDING: "⏳", LockState.DONE: "🔒", LockState.FAILED: "⚠️"}
_SERVER = {True: marked("The whole server is locked."), False: marked("The server as a whole is open.")}


def status_embed(progress: Progress, locks: Sequence[ChannelLock]) -> discord.Embed:
    """Return what is locked, what is on its way and what failed; `locks` are the first of them."""
    lines = [translated(_SERVER[progress.is_server_locked]), *map(_line, locks)]
    if (more := progress.locked + progress.pending + len(progress.failed) - len(locks)) > 0:
        lines.append(_("… and {count} more.", count=more))
    return discord.Embed(title=_("Lockdown"), description="\n".join(lines)[:4000], colour=discord.Colour.red())


def _line(lock: ChannelLock) -> str:
    parts = [f"{_ICONS[lock.state]} <#{lock.channel_id}>"]
    if not lock.is_wanted:
        parts.append(_("on its way back"))
    if lock.expires_at is not None:
        parts.append(_("until {when}", when=discord.utils.format_dt(lock.expires_at, "R")))
    parts += [discord.utils.escape_markdown(text) for text in (lock.failure, lock.reason) if text]
    return ", ".join(parts)[:300]
