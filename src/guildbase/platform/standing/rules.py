"""What a standing means, and who may decide one. Pure decisions, the same for commands, API and dashboard."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller, Standing
from guildbase.platform.standing.models import MAX_REASON, StandingStatus

MAX_IN_GUILD = 5_000
"""Standings of one guild; all are in its snapshot."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The person to decide on, as far as the edge knows them."""

    user_id: int
    name: str = ""
    top_role: int = 0
    """Position of the highest role; 0 for who is not in the server."""
    is_guild_owner: bool = False
    is_this_bot: bool = False


def may_decide_everywhere(caller: Caller) -> bool:
    """Tell whether the caller may decide on standings everywhere."""
    return caller.is_system or caller.is_bot_owner


def block_refusal(caller: Caller, subject: Subject, immune: Collection[int]) -> str | None:
    """Return why the caller must not block the person in their guild, or None if nothing speaks against it."""
    if subject.user_id in immune:
        return _("The bot's owners cannot be blocked.")
    if subject.is_this_bot:
        return _("The bot cannot block itself.")
    if subject.user_id == caller.user_id:
        return _("You cannot block yourself.")
    if subject.is_guild_owner:
        return _("The owner of the server cannot be blocked in it.")
    if caller.is_system or caller.is_guild_owner or caller.is_bot_owner:
        return None
    if subject.top_role >= max(caller.top_role, 1):
        return _("{name} has a role as high as yours or higher.", name=subject.name or f"<@{subject.user_id}>")
    return None


def everywhere_refusal(caller: Caller, subject_id: int, immune: Collection[int]) -> str | None:
    """Return why the caller must not block the person or server everywhere, or None."""
    if subject_id in immune:
        return _("The bot's owners cannot be blocked.")
    if subject_id == caller.user_id:
        return _("You cannot block yourself.")
    return None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be decided about somebody."""

    status: StandingStatus
    reason: str = ""
    expires_at: datetime | None = None
    is_silent: bool = False

    @property
    def is_block(self) -> bool:
        """Whether it keeps them from the bot."""
        return self.status is StandingStatus.BLOCKED


def problems(decision: Decision, now: datetime) -> dict[str, str]:
    """Return what is wrong with the decision, by field."""
    found = {}
    if len(decision.reason) > MAX_REASON:
        length = len(decision.reason)
        found["reason"] = _("The reason has {length} characters; {most} are allowed.", length=length, most=MAX_REASON)
    elif "\x00" in decision.reason:
        found["reason"] = _("The reason holds a character that cannot be stored.")
    if decision.expires_at is not None and decision.expires_at <= now:
        found["expires_at"] = _("The end lies in the past.")
    return found


def strongest(found: Iterable[Standing | None], now: datetime) -> Standing | None:
    """Return what counts of the standings, the weightiest first: the first block, else the first trust."""
    counting = [standing for standing in found if standing is not None and not standing.has_run_out(now)]
    return next((standing for standing in counting if standing.is_blocked), next(iter(counting), None))


def refused_everywhere(block: Standing) -> PermissionDenied:
    """Return what a person hears who is blocked everywhere."""
    hint = _("Only the bot's operator can change that.")
    return _refused(_("You are blocked from this bot."), block, hint)


def refused_here(block: Standing) -> PermissionDenied:
    """Return what a person hears who is blocked in a server."""
    hint = _("Ask an admin of this server.")
    return _refused(_("You are blocked from this bot in this server."), block, hint)


def refused_guild(block: Standing, *, is_manager: bool) -> PermissionDenied:
    """Return what somebody hears whose server is blocked; only who manages it is told why."""
    message = _("This bot does not work in this server.")
    if not is_manager:
        return PermissionDenied(message, hint=_("Ask an admin of this server."), is_silent=True)
    return _refused(message, block, _("Only the bot's operator can change that."))


def _refused(message: str, block: Standing, hint: str) -> PermissionDenied:
    if block.is_silent:
        return PermissionDenied(message, hint=hint, is_silent=True)
    parts = [message]
    if block.reason:
        parts.append(_("Reason: {reason}", reason=_ended(block.reason)))
    if block.expires_at is not None:
        parts.append(_("It ends {moment}.", moment=f"<t:{int(block.expires_at.timestamp())}:R>"))
    return PermissionDenied(" ".join(parts), hint=hint)


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?…" else f"{sentence}."
