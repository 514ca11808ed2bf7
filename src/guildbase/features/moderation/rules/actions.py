"""What a new case must meet, told all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from guildbase.core.i18n import _, translated
from guildbase.core.ports import Caller
from guildbase.core.targets import BotStanding, Target
from guildbase.core.validators import LONGEST_DURATION, duration_text
from guildbase.features.moderation.kinds import MAX_REASON, CaseSource, CaseType, DurationUse
from guildbase.features.moderation.rules.plans import plan_of
from guildbase.features.moderation.rules.rights import (
    MODERATOR_HINT,
    NO_MODERATOR,
    PERMISSION_NAMES,
    hierarchy_refusal,
    incapacity,
    may_act,
    may_moderate,
)
from guildbase.services.validation import Violation

MAX_DELETE_SECONDS = 7 * 86400
"""How far back Discord deletes messages with a ban."""
MAX_NICKNAME = 32
DETAILS = {
    CaseType.BAN: {"delete_seconds"},
    CaseType.HACKBAN: {"delete_seconds"},
    CaseType.TEMPBAN: {"delete_seconds"},
    CaseType.SOFTBAN: {"delete_seconds"},
    CaseType.NICKNAME: {"nickname"},
}
"""What may stand in the details of which types."""


@dataclass(frozen=True, slots=True)
class NewAction:
    """What somebody wants to be done to somebody."""

    case_type: CaseType
    target: Target
    reason: str
    duration: timedelta | None = None
    custom_type: str | None = None
    """Name of the server's own type, for `CaseType.CUSTOM`."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """`delete_seconds` of a ban, `nickname` of a nickname ("" takes it away), or what a server's own type asks for."""
    source: CaseSource = CaseSource.COMMAND
    request_id: int | None = None
    """The interaction or message that asks for it; a repetition finds the case instead of making one."""
    is_silent: bool = False
    """Whether the person is not told."""
    is_hidden: bool = False
    bot: BotStanding | None = None
    """What the bot may do there; None if the edge does not know, and then Discord has the last word."""


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is to become a case."""

    caller: Caller
    guild_id: int
    target: Target
    reason: str
    """Without space around it."""
    case_type: CaseType = CaseType.WARN
    duration: timedelta | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    bot: BotStanding | None = None


def only_who_may(new: NewCase) -> Violation | None:
    """Only moderators of the guild open cases, and only those of the types that Discord or their level lets them."""
    if may_act(new.caller, new.guild_id, new.case_type):
        return None
    if not may_moderate(new.caller, new.guild_id):
        return Violation("caller", translated(NO_MODERATOR), translated(MODERATOR_HINT), is_forbidden=True)
    permission = translated(PERMISSION_NAMES[plan_of(new.case_type).caller_needs])
    hint = _("Ask an admin for the {permission} permission.", permission=permission)
    return Violation(
        "caller", _("This takes the {permission} permission.", permission=permission), hint, is_forbidden=True
    )


def only_against_those_below(new: NewCase) -> Violation | None:
    """The target must stand below a moderator and below the bot; others hear only that they are none."""
    if not may_act(new.caller, new.guild_id, new.case_type):
        return None
    if refusal := hierarchy_refusal(new.caller, new.target, new.case_type):
        return Violation("target", refusal, is_forbidden=True)
    if new.bot is not None and (refusal := incapacity(new.case_type, new.target, new.bot)):
        return Violation("target", refusal, _("Give the bot the permission and a higher role."), is_forbidden=True)
    return None


def with_a_reason(new: NewCase) -> Violation | None:
    """The reason must be there, not too long, and storable."""
    if not new.reason:
        return Violation("reason", _("A case needs a reason."), _("Say in a few words what happened."))
    if (length := len(new.reason)) > MAX_REASON:
        return Violation(
            "reason",
            _("The reason has {length} characters; {max_reason} are allowed.", length=length, max_reason=MAX_REASON),
            _("Shorten it."),
        )
    if "\x00" in new.reason:
        return Violation("reason", _("The reason holds a character that cannot be stored."), _("Type it again."))
    return None


def on_somebody_present(new: NewCase) -> Violation | None:
    """What is done to a member needs one."""
    if new.target.is_member or not plan_of(new.case_type).on_member:
        return None
    hint = _("`/ban` works on people who are not here.")
    return Violation("target", _("{name} is not in this server.", name=new.target.name), hint)


def for_a_fitting_time(new: NewCase) -> Violation | None:
    """A duration must be there where the type asks for one, and not where nothing lasts."""
    use, duration = plan_of(new.case_type).duration, new.duration
    if duration is None:
        is_wrong = use is DurationUse.REQUIRED
        return Violation("duration", _("Say for how long."), _("An example: `1d 2h`.")) if is_wrong else None
    if use is DurationUse.FORBIDDEN:
        return Violation("duration", _("This does not last, so it takes no duration."), _("Leave the duration out."))
    if not timedelta(seconds=1) <= duration <= LONGEST_DURATION:
        longest = duration_text(LONGEST_DURATION)
        reason = _("A duration lies between a second and {longest}.", longest=longest)
        return Violation("duration", reason, _("An example: `1d 2h`."))
    return None


def with_fitting_details(new: NewCase) -> Violation | None:
    """Discord deletes messages of at most seven days, and takes nicknames of at most 32 characters.

    There is nothing else in them, or else somebody could put in what the bot keeps there itself, such as a role.
    """
    if new.case_type is CaseType.CUSTOM:  # What the server's own type asks for is checked with the type.
        return None
    if unknown := new.details.keys() - DETAILS.get(new.case_type, set()):
        names = ", ".join(sorted(unknown))[:100]
        return Violation("details", _("This takes no such details: {names}.", names=names), _("Leave them out."))
    seconds = new.details.get("delete_seconds", 0)
    if type(seconds) is not int or not 0 <= seconds <= MAX_DELETE_SECONDS:
        return Violation("delete_seconds", _("Discord deletes messages of the last seven days at most."))
    nickname = new.details.get("nickname", "")
    if not isinstance(nickname, str) or len(nickname) > MAX_NICKNAME or "\x00" in nickname:
        return Violation("nickname", _("A nickname has at most {max} characters.", max=MAX_NICKNAME))
    return None


NEW_CASE = (
    only_who_may,
    only_against_those_below,
    with_a_reason,
    on_somebody_present,
    for_a_fitting_time,
    with_fitting_details,
)
"""What every case must meet."""
