"""Who may change a guild's basic configuration."""

from __future__ import annotations

from guildbase.core.ports import ADMINISTRATOR, Caller
from guildbase.core.rights import Right

MANAGE_GUILD = 1 << 5
ADMIN_LEVEL = 5
"""Permission level from which a caller may change settings."""
HIGHEST_LEVEL = 7
"""Permission level that stands in for Discord's Administrator."""


def may_configure(caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller may change the settings of this guild."""
    return caller.may(guild_id, permissions=MANAGE_GUILD, level=ADMIN_LEVEL)


def may_read_settings(caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller may see what is set in this guild."""
    is_viewer = caller.guild_id == guild_id and Right.VIEW_SETTINGS in caller.rights
    return is_viewer or may_configure(caller, guild_id)


def may_look_around(caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller may see the names of this guild's channels, roles and members: any right does."""
    is_visitor = caller.guild_id == guild_id and caller.rights is not Right.NONE
    return is_visitor or may_configure(caller, guild_id)


def level_to_give(caller: Caller, guild_id: int) -> int:
    """Return the highest permission level that the caller may give and take: the one that they stand for themselves."""
    if caller.is_system:
        return HIGHEST_LEVEL
    if caller.guild_id != guild_id:
        return 0
    if caller.is_guild_owner or caller.own_permissions & ADMINISTRATOR:
        return HIGHEST_LEVEL
    return max(caller.level, ADMIN_LEVEL if caller.own_permissions & MANAGE_GUILD else 0)
