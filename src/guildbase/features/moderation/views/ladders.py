"""How warnings add up, for moderators and for those who were warned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from guildbase.core.i18n import _, marked, plural, translated
from guildbase.core.validators import duration_text
from guildbase.features.moderation.kinds import CaseType
from guildbase.features.moderation.views.cases import COLOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guildbase.features.moderation.controller.ladders import Climbed, Record
    from guildbase.features.moderation.ladders import Step

DONE = {
    CaseType.TIMEOUT: marked("timed out"),
    CaseType.MUTE: marked("muted"),
    CaseType.JAIL: marked("jailed"),
    CaseType.KICK: marked("kicked"),
    CaseType.SOFTBAN: marked("softbanned"),
    CaseType.TEMPBAN: marked("banned"),
    CaseType.BAN: marked("banned"),
}
MOST_LISTED = 15


def climbed_text(climbed: Climbed | None) -> str:
    """Return what followed a warning, as one more line of the answer; nothing if nothing followed."""
    if climbed is None:
        return ""
    case = climbed.case
    lasts = f" ({duration_text(case.expires_at - case.created_at)})" if case.expires_at is not None else ""
    done = translated(DONE[case.case_type]) + lasts
    return plural(
        "That makes {count} point of warnings: {done}, case #{number}.",
        "That makes {count} points of warnings: {done}, case #{number}.",
        climbed.points,
        done=done,
        number=case.number,
    )


def record_embed(record: Record, user_id: int) -> discord.Embed:
    """Return where somebody stands on the ladder."""
    points = plural("{count} point", "{count} points", record.points)
    lines = [
        _("#{number}: {points}, {when}", number=it.number, points=it.points, when=discord.utils.format_dt(it.at, "R"))
        for it in record.warnings[:MOST_LISTED]
    ]
    if len(record.warnings) > MOST_LISTED:
        lines.append(_("and {count} more", count=len(record.warnings) - MOST_LISTED))
    embed = discord.Embed(title=_("Warnings that count"), colour=COLOUR)
    embed.description = f"<@{user_id}>: **{points}**\n" + ("\n".join(lines) or _("None."))
    if record.falls_away_at is not None:
        falls = discord.utils.format_dt(record.falls_away_at, "R")
        embed.add_field(name=_("The oldest falls away"), value=falls)
    if record.next_step is not None:
        embed.add_field(name=_("Next step"), value=step_text(record.next_step))
    return embed


def step_text(step: Step) -> str:
    """Return a step in words."""
    done = translated(DONE[step.case_type])
    lasts = f" ({duration_text(step.duration)})" if step.duration else ""
    points = plural("{count} point", "{count} points", step.points)
    within = _(" within {time}", time=duration_text(step.within)) if step.within else ""
    return f"{points}{within}: {done}{lasts}"


def ladder_embed(steps: Sequence[Step], decay: str) -> discord.Embed:
    """Return the steps of a server."""
    lines = [step_text(step) for step in sorted(steps, key=lambda step: step.points)]
    embed = discord.Embed(title=_("Ladder of warnings"), colour=COLOUR)
    embed.description = "\n".join(lines) or _("No steps yet. `/ladder add` makes one.")
    kept = _("A warning counts for {time}.", time=decay) if decay else _("Warnings count for good.")
    embed.set_footer(text=kept)
    return embed
