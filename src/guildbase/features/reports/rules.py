"""Who may report, who works through the queues, and what may become of what. Pure decisions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from guildbase.core.i18n import _, marked
from guildbase.core.ports import Caller
from guildbase.core.snowflake import is_snowflake
from guildbase.features.moderation.kinds import CaseState, CaseType
from guildbase.features.reports.kinds import CODE_SIGN, MAX_NUMBER, MAX_TEXT, Outcome, ReportKind, ReportState

MODERATE_MEMBERS = 1 << 40
STAFF_LEVEL = 3
"""Permission level from which a caller works through the queues."""
NO_STAFF = marked("Only the staff works through reports and appeals.")
STAFF_HINT = marked("Ask an admin for the Timeout Members permission, or for a role of the setting `staff_roles`.")
ENDINGS = {
    ReportKind.MESSAGE: {Outcome.DISMISSED, Outcome.WARNED, Outcome.TIMED_OUT, Outcome.BANNED},
    ReportKind.MEMBER: {Outcome.DISMISSED, Outcome.WARNED, Outcome.TIMED_OUT, Outcome.BANNED},
    ReportKind.APPEAL: {Outcome.ACCEPTED, Outcome.REJECTED},
}
"""How each kind may end."""
PUNISHING = {
    Outcome.WARNED: CaseType.WARN,
    Outcome.TIMED_OUT: CaseType.TIMEOUT,
    Outcome.BANNED: CaseType.BAN,
}
"""What is done to whom is reported."""
LIFTED_BY = {
    CaseType.BAN: CaseType.UNBAN,
    CaseType.HACKBAN: CaseType.UNBAN,
    CaseType.TEMPBAN: CaseType.UNBAN,
    CaseType.TIMEOUT: CaseType.UNTIMEOUT,
    CaseType.MUTE: CaseType.UNMUTE,
    CaseType.JAIL: CaseType.UNJAIL,
    CaseType.VOICE_MUTE: CaseType.VOICE_UNMUTE,
    CaseType.DEAFEN: CaseType.UNDEAFEN,
}
"""What an accepted appeal does about what lasts."""
STRUCK = frozenset({CaseType.WARN, CaseType.CUSTOM})
"""An accepted appeal has them count no longer."""
APPEALABLE = frozenset({*LIFTED_BY, *STRUCK, CaseType.KICK, CaseType.SOFTBAN})
"""What can be appealed; of what is over it clears the name."""


def is_staff(caller: Caller, guild_id: int, staff_roles: Collection[int]) -> bool:
    """Tell whether the caller works through the guild's queues."""
    if caller.may(guild_id, permissions=MODERATE_MEMBERS, level=STAFF_LEVEL):
        return True
    return caller.guild_id == guild_id and not caller.role_ids.isdisjoint(staff_roles)


def text_problem(text: str, *, is_needed: bool = True) -> str | None:
    """Return what is wrong with what somebody wrote, or None."""
    if is_needed and not text.strip():
        return _("Say in a few words what it is about.")
    if len(text.strip()) > MAX_TEXT:
        return _("This has {length} characters; {most} are allowed.", length=len(text.strip()), most=MAX_TEXT)
    if "\x00" in text:
        return _("This holds a character that cannot be stored.")
    return None


def report_refusal(
    caller: Caller, target_id: int, *, is_bot: bool, takes_reports: bool, barred_roles: Collection[int]
) -> str | None:
    """Return why the caller must not report this person, or None."""
    if not takes_reports:
        return _("This server takes no reports.")
    if not caller.role_ids.isdisjoint(barred_roles):
        return _("You may not report anything here.")
    if target_id == caller.user_id:
        return _("You cannot report yourself.")
    if is_bot:
        return _("Bots cannot be reported.")
    return None


def appeal_refusal(
    case_type: CaseType, state: CaseState, rejected_at: datetime | None, now: datetime, wait: timedelta
) -> str | None:
    """Return why this case cannot be appealed now, or None; `rejected_at` is when it last was, in vain."""
    # Who is about to be banned is told first, and may be quicker than Discord.
    if case_type not in APPEALABLE or state not in (CaseState.OPEN, CaseState.CONFIRMED):
        return _("There is nothing to appeal about this case: it is over, or was never done.")
    if rejected_at is not None and now < rejected_at + wait:
        moment = int((rejected_at + wait).timestamp())
        return _("Your appeal was rejected; you may write again <t:{moment}:R>.", moment=moment)
    return None


def work_refusal(
    state: ReportState, claimed_by: int | None, claimed_name: str, caller: Caller, *, target_id: int, is_admin: bool
) -> str | None:
    """Return why the caller cannot do anything about what is queued, or None."""
    if state is ReportState.CLOSED:
        return _("This is closed already.")
    if caller.user_id == target_id and not is_admin:
        return _("This is about you, so others decide it.")
    if claimed_by in (None, caller.user_id) or is_admin:
        return None
    return _("{name} looks into this already.", name=claimed_name or _("Somebody else"))


def code_of(guild_id: int, number: int) -> str:
    """Return the code by which a case can be appealed from anywhere."""
    return f"{guild_id}{CODE_SIGN}{number}"


def read_code(text: str, guild_id: int | None) -> tuple[int, int] | None:
    """Return the guild and the case that somebody names: by its code, or by its number inside the guild."""
    guild, _sign, number = text.strip().lstrip("#").rpartition(CODE_SIGN)
    if not number.isascii() or not number.isdigit() or len(number) > 10:
        return None
    if guild:
        named = int(guild) if guild.isascii() and guild.isdigit() and len(guild) <= 20 else 0
        found = named if is_snowflake(named) else None
    else:
        found = guild_id
    return (found, int(number)) if found is not None and 0 < int(number) <= MAX_NUMBER else None
