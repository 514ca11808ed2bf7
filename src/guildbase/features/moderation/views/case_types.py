"""How types of cases of a server's own look."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from guildbase.core.i18n import _
from guildbase.features.moderation.models import CustomCaseType
from guildbase.features.moderation.views.cases import COLOUR, short

PAGE = 10


def type_embeds(types: Sequence[CustomCaseType]) -> list[discord.Embed]:
    """Return the types, ten on a page."""
    lines = [_line(it) for it in types] or [_("No types yet. `/casetype add` makes one.")]
    title = _("Types of cases of this server's own")
    return [
        discord.Embed(title=title, description="\n".join(lines[first : first + PAGE]), colour=COLOUR)
        for first in range(0, len(lines), PAGE)
    ]


def _line(it: CustomCaseType) -> str:
    marks = [_("severity {severity}", severity=it.severity)]
    if it.requires_duration:
        marks.append(_("needs a duration"))
    if it.metadata_schema:
        marks.append(_("has details"))
    if it.is_archived:
        marks.append(_("archived"))
    about = f": {short(it.description, 100)}" if it.description else ""
    return f"`{it.name}` **{short(it.display_name)}** ({', '.join(marks)}){about}"
