"""Who may moderate whom. Pure decisions, the same for commands, API and dashboard."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.ports import Caller

MODERATE_MEMBERS = 1 << 40
MODERATOR_LEVEL = 3
"""Permission level from which a caller is a moderator."""


@dataclass(frozen=True, slots=True)
class Target:
    """The member to act on, as Discord shows it."""

    user_id: int
    name: str
    top_role: int = 0
    is_guild_owner: bool = False
    is_bot: bool = False


def may_moderate(caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller is a moderator of this guild."""
    return caller.may(guild_id, permissions=MODERATE_MEMBERS, level=MODERATOR_LEVEL)


def hierarchy_refusal(caller: Caller, target: Target) -> str | None:
    """Return why the caller must not act on this target, or None if there is no reason."""
    if target.user_id == caller.user_id:
        return "You cannot moderate yourself."
    if target.is_bot:
        return "Bots cannot be warned."
    if target.is_guild_owner:
        return "The owner of the server cannot be moderated."
    if caller.is_system or caller.is_guild_owner:
        return None
    if target.top_role >= caller.top_role:
        return f"{target.name} has a role as high as yours or higher."
    return None
