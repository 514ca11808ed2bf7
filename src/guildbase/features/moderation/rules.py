"""Who may moderate whom. Pure decisions, the same for commands, API and dashboard."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.ports import Caller
from guildbase.features.moderation.models import MAX_REASON
from guildbase.services.validation import Violation

MODERATE_MEMBERS = 1 << 40
NO_MODERATOR = "Only moderators may do this."
MODERATOR_HINT = "Ask an admin for the Timeout Members permission."
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


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is to become a case."""

    caller: Caller
    guild_id: int
    target: Target
    reason: str
    """Without space around it."""


def only_moderators(new: NewCase) -> Violation | None:
    """Only moderators of the guild open cases."""
    if may_moderate(new.caller, new.guild_id):
        return None
    return Violation("caller", NO_MODERATOR, MODERATOR_HINT, is_forbidden=True)


def only_against_those_below(new: NewCase) -> Violation | None:
    """The target must stand below a moderator; others hear only that they are none."""
    if not may_moderate(new.caller, new.guild_id):
        return None
    refusal = hierarchy_refusal(new.caller, new.target)
    return Violation("target", refusal, is_forbidden=True) if refusal else None


def with_a_reason(new: NewCase) -> Violation | None:
    """The reason must be there, not too long, and storable."""
    if not new.reason:
        return Violation("reason", "A case needs a reason.", "Say in a few words what happened.")
    if (length := len(new.reason)) > MAX_REASON:
        return Violation("reason", f"The reason has {length} characters; {MAX_REASON} are allowed.", "Shorten it.")
    if "\x00" in new.reason:
        return Violation("reason", "The reason holds a character that cannot be stored.", "Type it again.")
    return None


NEW_CASE = (only_moderators, only_against_those_below, with_a_reason)
"""What every case must meet."""
