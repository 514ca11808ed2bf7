"""How the watch over a server looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from guildbase.core.i18n import _, marked, translated
from guildbase.core.validators import duration_text
from guildbase.features.antiraid.kinds import RaidLevel
from guildbase.features.antiraid.views.alert import ACTIONS

if TYPE_CHECKING:
    from guildbase.features.antiraid.schemas import AntiraidSettings

LEVELS = {
    RaidLevel.OFF: marked("Raids are not watched for. `/antiraid set` begins."),
    RaidLevel.WATCH: marked("I watch, and tell the staff."),
    RaidLevel.ON: marked("I watch, tell the staff, and act."),
    RaidLevel.LOCKDOWN: marked("I watch, tell the staff, act, and lock the server."),
}


def settings_lines(settings: AntiraidSettings) -> list[str]:
    """Return what is watched for and what follows."""
    lines = [translated(LEVELS[settings.level])]
    if settings.level is RaidLevel.OFF:
        return lines
    told = {"joins": settings.joins, "window": duration_text(settings.window)}
    lines.append(_("{joins} joins within {window} are a raid.", **told))
    if settings.level is not RaidLevel.WATCH:
        lines.append(_("Those who raid get {action}.", action=translated(ACTIONS[settings.action])))
    lines.append(_("It is over after {quiet} of quiet.", quiet=duration_text(settings.quiet)))
    return lines


def test_embed(settings: AntiraidSettings, joins: int, obstacles: Sequence[str]) -> discord.Embed:
    """Return what would happen now, and what stands in the way."""
    now = _("Joins within the last {window}: {count}.", window=duration_text(settings.window), count=joins)
    lines = [*settings_lines(settings), now, *(f"⚠️ {it}" for it in obstacles)]
    if not obstacles:
        lines.append(_("✅ I can do all of this."))
    return discord.Embed(title=_("If a raid came now"), description="\n".join(lines), colour=discord.Colour.orange())
