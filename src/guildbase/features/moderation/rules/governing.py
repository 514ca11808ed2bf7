"""Which case governs: at any moment one, or none, for each person and kind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from guildbase.features.moderation.kinds import CaseState, CaseType
from guildbase.features.moderation.rules.plans import plan_of


class GoverningCase(Protocol):
    """What is looked at of a case."""

    number: int
    case_type: CaseType
    state: CaseState
    ended_at: datetime | None
    ending_case: int | None


CaseT = TypeVar("CaseT", bound=GoverningCase)


def deciding(cases: Iterable[CaseT]) -> CaseT | None:
    """Return the newest of the cases about one person and kind that counts: what it says is what is to be on Discord.

    A newer decision replaces an older one for good. One that failed or was never done does not count, so the older has
    its place again; one that was in force, and only could not be lifted at its end, counts as over.
    """
    counting = [case for case in cases if not _never_counted(case)]
    return max(counting, key=lambda case: case.number, default=None)


def governing(cases: Iterable[CaseT]) -> CaseT | None:
    """Return the case whose punishment is in force now, or None if the person is free."""
    case = deciding(cases)
    return case if case is not None and is_in_force(case) else None


def is_in_force(case: GoverningCase) -> bool:
    """Tell whether the case, if it is the one that decides, punishes now."""
    return plan_of(case.case_type).starts is not None and case.state in (CaseState.OPEN, CaseState.CONFIRMED)


def _never_counted(case: GoverningCase) -> bool:
    if case.ending_case is not None and case.ending_case < case.number:
        return True  # Discord told of it only after a later decision had replaced it.
    return case.state is CaseState.VOID or (case.state is CaseState.FAILED and case.ended_at is None)
