"""Who may say which role stands for a permission level."""

from __future__ import annotations

from guildbase.core.i18n import _
from guildbase.platform.configuration.rules import NewSettings
from guildbase.platform.guilds.models import LEVELS
from guildbase.platform.guilds.rules import level_to_give
from guildbase.services.validation import Violation


def levels_of_some(new: NewSettings) -> Violation | None:
    """@everyone stands for no level but 0, or all who join would configure the bot."""
    from guildbase.platform.guilds.schemas import GeneralSettings  # Not needed to start.

    if not isinstance(new.settings, GeneralSettings):
        return None
    for level in LEVELS[1:]:
        if getattr(new.settings, name := f"level_{level}_role") == new.guild_id:
            return Violation(name, _("@everyone cannot have a permission level."), _("Pick a role of your team."))
    return None


def levels_within_own(new: NewSettings) -> Violation | None:
    """Nobody gives a role a level above their own, or takes one: the role might be theirs, or that of who is above."""
    from guildbase.platform.guilds.schemas import GeneralSettings  # Not needed to start.

    if not isinstance(new.settings, GeneralSettings):
        return None
    most = level_to_give(new.caller, new.guild_id)
    for level in LEVELS:
        name = f"level_{level}_role"
        if level > most and getattr(new.settings, name) != getattr(new.before, name):
            told = _("You may not change the role of permission level {level}, which is above yours.", level=level)
            return Violation(name, told, _("Ask an administrator or the owner of the server."), is_forbidden=True)
    return None
