"""Who may use the tools for channels."""

from __future__ import annotations

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.features.channels.kinds import MAX_REASON

MANAGE_CHANNELS, MANAGE_GUILD, MANAGE_MESSAGES, MODERATE_MEMBERS = 1 << 4, 1 << 5, 1 << 13, 1 << 40
STAFF_PERMISSIONS = MANAGE_CHANNELS | MANAGE_GUILD | MANAGE_MESSAGES | MODERATE_MEMBERS
"""A role with one of these in the whole server keeps speaking in a lockdown."""
STAFF_LEVEL = 3
MODERATOR_LEVEL, SENIOR_LEVEL, ADMIN_LEVEL = 3, 4, 6


def require_channels(caller: Caller, guild_id: int) -> None:
    """Raise PermissionDenied unless the caller may change channels of the server."""
    if not caller.may(guild_id, permissions=MANAGE_CHANNELS, level=SENIOR_LEVEL):
        raise PermissionDenied(_("You may not change channels here."), hint=_("Ask for Manage Channels."))


def require_messages(caller: Caller, guild_id: int) -> None:
    """Raise PermissionDenied unless the caller may delete messages of others in the server."""
    if not caller.may(guild_id, permissions=MANAGE_MESSAGES, level=MODERATOR_LEVEL):
        raise PermissionDenied(_("You may not delete messages of others here."), hint=_("Ask for Manage Messages."))


def require_gate(caller: Caller, guild_id: int) -> None:
    """Raise PermissionDenied unless the caller may set the gate up."""
    if not caller.may(guild_id, permissions=MANAGE_GUILD, level=ADMIN_LEVEL):
        raise PermissionDenied(_("You may not set up the gate here."), hint=_("Ask for Manage Server."))


def checked_reason(reason: str) -> str:
    """Return the reason without space around it; InvalidInput if it is too long or cannot be stored."""
    reason = reason.strip()
    if len(reason) > MAX_REASON or "\x00" in reason:
        raise InvalidInput(
            _("The reason has {length} characters; {most} are allowed.", length=len(reason), most=MAX_REASON),
            hint=_("Shorten it, and use ordinary characters."),
        )
    return reason
