"""Who may change automod, how much of it a server may have, and what points come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.core.rights import Right
from guildbase.features.automod.kinds import Punishing

MANAGE_GUILD = 1 << 5
MODERATE_MEMBERS = 1 << 40
ADMIN_LEVEL, MODERATOR_LEVEL = 5, 3


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a server may have."""

    rules: int
    patterns: int
    """Of RE2, in rules and lists together."""
    lists: int
    list_text: int
    """Characters of all lists together."""
    indexed: int
    """Entries of the lists that rules name, counted for each rule that names them: so many are held in memory."""


QUOTAS = {"free": Quota(1_000, 200, 20, 400_000, 100_000), "premium": Quota(10_000, 2_000, 100, 2_000_000, 500_000)}


def quota(tier: str) -> Quota:
    """Return what servers of the tier may have."""
    return QUOTAS.get(tier, QUOTAS["free"])


def require_manager(caller: Caller, guild_id: int) -> None:
    """Return if the caller may change rules here; PermissionDenied if not."""
    if not caller.may(guild_id, permissions=MANAGE_GUILD, level=ADMIN_LEVEL):
        raise PermissionDenied(_("You may not change automod here."), hint=_("Ask for Manage Server."))


def require_moderator(caller: Caller, guild_id: int) -> None:
    """Return if the caller may try rules and clear violations here; PermissionDenied if not."""
    if not caller.may(guild_id, permissions=MODERATE_MEMBERS | MANAGE_GUILD, level=MODERATOR_LEVEL):
        raise PermissionDenied(_("You may not see automod here."), hint=_("Ask for Timeout Members."))


def require_reader(caller: Caller, guild_id: int) -> None:
    """Return if the caller may see rules and violations here; PermissionDenied if not."""
    if not caller.holds(guild_id, Right.VIEW_CASES | Right.VIEW_SETTINGS):
        require_moderator(caller, guild_id)


def weight(given: Iterable[tuple[int, datetime]], now: datetime, decay: timedelta, *, halves: bool) -> float:
    """Return what points, each with its moment, still count: halved after each `decay`, or gone after it.

    Until then they count in full, so that 2 and 2 reach a limit of 4 also if there are minutes between them.
    """
    total = 0.0
    for points, moment in given:
        age = max((now - moment) / decay, 0.0)
        total += points * 0.5 ** int(age) if halves else points * (age < 1)
    return total


def crossed(before: float, after: float, limits: Sequence[tuple[int, Punishing]]) -> Punishing | None:
    """Return the strongest of what the points reached just now; a limit of 0 is never reached."""
    reached = [done for limit, done in limits if limit and before < limit <= after]
    return strongest(reached)


def strongest(kinds: Iterable[Punishing]) -> Punishing | None:
    """Return the strongest; None of none."""
    order = list(Punishing)
    return max(kinds, key=order.index, default=None)
