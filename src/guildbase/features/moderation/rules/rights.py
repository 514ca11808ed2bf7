"""Who may moderate whom, and whether the bot can do it at all."""

from __future__ import annotations

from guildbase.core.i18n import _, marked, translated
from guildbase.core.ports import ADMINISTRATOR, Caller
from guildbase.core.targets import BotStanding, Target
from guildbase.features.moderation.kinds import CaseType
from guildbase.features.moderation.rules.plans import MODERATE_MEMBERS, plan_of

NO_MODERATOR = marked("Only moderators may do this.")
MODERATOR_HINT = marked("Ask an admin for the Timeout Members permission.")
MODERATOR_LEVEL = 3
"""Permission level from which a caller is a moderator."""
PERMISSION_NAMES = {
    1 << 1: marked("Kick Members"),
    1 << 2: marked("Ban Members"),
    1 << 22: marked("Mute Members"),
    1 << 23: marked("Deafen Members"),
    1 << 24: marked("Move Members"),
    1 << 27: marked("Manage Nicknames"),
    1 << 28: marked("Manage Roles"),
    1 << 40: marked("Timeout Members"),
}


def may_moderate(caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller is a moderator of this guild."""
    return caller.may(guild_id, permissions=MODERATE_MEMBERS, level=MODERATOR_LEVEL)


def may_act(caller: Caller, guild_id: int, case_type: CaseType) -> bool:
    """Tell whether the caller may open cases of the type in this guild."""
    plan = plan_of(case_type)
    return caller.may(guild_id, permissions=plan.caller_needs, level=plan.caller_level)


def hierarchy_refusal(caller: Caller, target: Target, case_type: CaseType = CaseType.WARN) -> str | None:
    """Return why the caller must not act on this target, or None if there is no reason."""
    if target.user_id == caller.user_id and not target.is_this_bot:
        return _("You cannot moderate yourself.")
    if target.is_bot and not plan_of(case_type).takes_bots:
        return _("Bots cannot be warned.") if case_type is CaseType.WARN else _("Bots cannot be timed out.")
    if target.is_this_bot:
        return _("I cannot moderate myself.")
    if target.is_guild_owner:
        return _("The owner of the server cannot be moderated.")
    if caller.is_system or caller.is_guild_owner or not target.is_member:
        return None
    if target.top_role >= caller.top_role:
        return _("{name} has a role as high as yours or higher.", name=target.name)
    return None


def incapacity(case_type: CaseType, target: Target, bot: BotStanding) -> str | None:
    """Return why the bot cannot do this to the target, or None if it can."""
    plan = plan_of(case_type)
    if plan.bot_needs and not bot.permissions & (ADMINISTRATOR | plan.bot_needs):
        return _("The bot lacks the permission {permission}.", permission=translated(PERMISSION_NAMES[plan.bot_needs]))
    if plan.bot_needs and target.is_member and target.top_role >= bot.top_role:
        return _("{name} has a role as high as the bot's or higher.", name=target.name)
    return None
