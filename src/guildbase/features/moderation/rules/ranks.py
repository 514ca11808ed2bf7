"""Who may see, change, strike and hand out cases and notes: three ranks, the same for commands, API and dashboard.

A moderator (Timeout Members, or level 3) sees cases, and changes those that they opened. A senior moderator (Ban
Members, or level 4) changes those of others, and sees, hides and shows hidden ones. An admin (Manage Server, or level
5) strikes and restores cases, exports them and says which types there are.
"""

from __future__ import annotations

from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import marked, translated
from guildbase.core.ports import Caller
from guildbase.core.rights import Right
from guildbase.features.moderation.kinds import Rank

BAN_MEMBERS, MANAGE_GUILD, MODERATE_MEMBERS = 1 << 2, 1 << 5, 1 << 40

_PERMISSIONS = {Rank.MODERATOR: MODERATE_MEMBERS, Rank.SENIOR: BAN_MEMBERS, Rank.ADMIN: MANAGE_GUILD}
_REFUSALS = {
    Rank.MODERATOR: marked("Only moderators may do this."),
    Rank.SENIOR: marked("Only senior moderators may do this to what others wrote, or to hidden cases."),
    Rank.ADMIN: marked("Only admins may do this."),
}
_HINTS = {
    Rank.MODERATOR: marked("Ask an admin for the Timeout Members permission."),
    Rank.SENIOR: marked("It takes Ban Members, or permission level 4."),
    Rank.ADMIN: marked("It takes Manage Server, or permission level 5."),
}


def has_rank(caller: Caller, guild_id: int, rank: Rank) -> bool:
    """Tell whether the caller is of the rank, or of a higher one, in this guild."""
    return any(
        caller.may(guild_id, permissions=_PERMISSIONS[each], level=each.value)
        for each in Rank
        if each.value >= rank.value
    )


def require_rank(caller: Caller, guild_id: int, rank: Rank) -> None:
    """Return if the caller is of the rank; raise PermissionDenied if not."""
    if not has_rank(caller, guild_id, rank):
        raise PermissionDenied(translated(_REFUSALS[rank]), hint=translated(_HINTS[rank]))


def require_reader(caller: Caller, guild_id: int) -> None:
    """Return if the caller may read cases and notes: moderators, and who has that right in the dashboard.

    Raises:
        PermissionDenied: they may not.
    """
    if not caller.holds(guild_id, Right.VIEW_CASES):
        require_rank(caller, guild_id, Rank.MODERATOR)


def require_say(caller: Caller, guild_id: int, author_id: int | None) -> None:
    """Return if the caller may change what this moderator wrote: they themselves always, others as seniors.

    Raises:
        PermissionDenied: they are no moderator, or no senior one.
    """
    require_rank(caller, guild_id, Rank.MODERATOR)
    if author_id is None or caller.user_id != author_id:
        require_rank(caller, guild_id, Rank.SENIOR)


def may_see(caller: Caller, guild_id: int, *, is_hidden: bool, author_id: int) -> bool:
    """Tell whether the moderator may see the case: hidden ones are for seniors, and for who opened them."""
    return not is_hidden or caller.user_id == author_id or has_rank(caller, guild_id, Rank.SENIOR)
