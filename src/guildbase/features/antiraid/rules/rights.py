"""Who may do what about raids."""

from __future__ import annotations

from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.core.rights import Right
from guildbase.features.antiraid.kinds import RaidAction

KICK_MEMBERS, BAN_MEMBERS, MANAGE_GUILD, MODERATE_MEMBERS = 1 << 1, 1 << 2, 1 << 5, 1 << 40
MODERATOR_LEVEL, SENIOR_LEVEL = 3, 4
_NEEDS = {RaidAction.BAN: (BAN_MEMBERS, SENIOR_LEVEL), RaidAction.KICK: (KICK_MEMBERS, MODERATOR_LEVEL)}


def require_moderator(caller: Caller, guild_id: int) -> None:
    """Raise PermissionDenied unless the caller may end raids and act on them."""
    if not caller.may(guild_id, permissions=MODERATE_MEMBERS | MANAGE_GUILD, level=MODERATOR_LEVEL):
        raise PermissionDenied(_("Only moderators may do this."), hint=_("Ask for Timeout Members."))


def require_reader(caller: Caller, guild_id: int) -> None:
    """Raise PermissionDenied unless the caller may see raids: moderators, and who may view cases in the dashboard."""
    if not caller.holds(guild_id, Right.VIEW_CASES):
        require_moderator(caller, guild_id)


def require_action(caller: Caller, guild_id: int, action: RaidAction) -> None:
    """Raise PermissionDenied unless the caller may have this done to all who raid."""
    require_moderator(caller, guild_id)
    permissions, level = _NEEDS.get(action, (MODERATE_MEMBERS, MODERATOR_LEVEL))
    if not caller.may(guild_id, permissions=permissions, level=level):
        raise PermissionDenied(_("You may not do that to anybody here."), hint=_("Ask for Ban or Kick Members."))
