"""Who may change a guild's basic configuration."""

from __future__ import annotations

from guildbase.core.ports import Caller

MANAGE_GUILD = 1 << 5
ADMIN_LEVEL = 5
"""Permission level from which a caller may change settings."""


def may_configure(caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller may change the settings of this guild."""
    return caller.may(guild_id, permissions=MANAGE_GUILD, level=ADMIN_LEVEL)
