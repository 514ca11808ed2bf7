"""Who may ask for whose data, and when a guild that was left is due."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import Enum

from guildbase.core.ports import Caller
from guildbase.platform.privacy.models import ErasureScope

ANNOUNCED_BEFORE = timedelta(days=1)
"""How long before the end of the grace period the audit log says that the guild's data will be erased."""


class SweepState(Enum):
    """What is to become of the data of a guild that was left."""

    BACK = "back"
    """The bot is in the guild again, so everything stays."""
    WAITING = "waiting"
    DUE = "due"


def may_ask(caller: Caller, scope: ErasureScope, subject_id: int, owner_ids: AbstractSet[int]) -> bool:
    """Tell whether the caller may have this data handed over or erased: one's own, or the guild that one owns."""
    if caller.is_system or caller.user_id in owner_ids:
        return True
    if scope is ErasureScope.USER:
        return caller.user_id == subject_id
    return caller.is_guild_owner and caller.guild_id == subject_id


def sweep_state(left_at: datetime | None, purge_after: datetime | None, now: datetime) -> SweepState:
    """Return what is to become of a guild's data."""
    if left_at is None or purge_after is None:
        return SweepState.BACK
    return SweepState.DUE if purge_after <= now else SweepState.WAITING
