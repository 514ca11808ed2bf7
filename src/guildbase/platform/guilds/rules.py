"""Who may change a guild's basic configuration."""

from __future__ import annotations

from guildbase.core.ports import Caller

ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
ADMIN_LEVEL = 5
"""Permission level from which a caller may change settings."""


def may_configure(caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller may change the settings of this guild."""
    if caller.is_system:
        return True
    if caller.guild_id != guild_id:
        return False
    has_permission = bool(caller.permissions & (ADMINISTRATOR | MANAGE_GUILD))
    return caller.is_guild_owner or has_permission or caller.level >= ADMIN_LEVEL
