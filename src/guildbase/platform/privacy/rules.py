"""Who may ask for whose data, and when a guild that was left is due."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from guildbase.core.ports import Caller
from guildbase.platform.privacy.kinds import SweepState
from guildbase.platform.privacy.models import ErasureScope

ANNOUNCED_BEFORE = timedelta(days=1)
"""How long before the end of the grace period the audit log says that the guild's data will be erased."""


GRACE = timedelta(days=7)
"""How long people who ask in the dashboard to be erased can take it back."""


def may_ask(caller: Caller, scope: ErasureScope, subject_id: int, owner_ids: AbstractSet[int]) -> bool:
    """Tell whether the caller may have this data handed over or erased: one's own, or the guild that one owns."""
    if caller.is_system or caller.user_id in owner_ids:
        return True
    if scope is ErasureScope.USER:
        return caller.user_id == subject_id
    return caller.is_guild_owner and caller.guild_id == subject_id


def can_be_taken_back(not_before: datetime | None, now: datetime) -> bool:
    """Tell whether whoever asked to be erased still has time to think about it."""
    return not_before is not None and now < not_before


def sweep_state(left_at: datetime | None, purge_after: datetime | None, now: datetime) -> SweepState:
    """Return what is to become of a guild's data."""
    if left_at is None or purge_after is None:
        return SweepState.BACK
    return SweepState.DUE if purge_after <= now else SweepState.WAITING
