"""Invites to a guild."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Invite:
    """A link into a channel; 0 stands for no limit of its age (in seconds) or uses.

    If `target_user_ids` is not None, nobody else may use it.
    """

    code: str
    guild_id: int
    channel_id: int
    inviter_id: int
    created_at: datetime
    max_age: int = 86400
    max_uses: int = 0
    temporary: bool = False
    uses: int = 0
    target_type: int | None = None
    target_user_id: int | None = None
    target_application_id: int | None = None
    role_ids: list[int] = field(default_factory=list)
    target_user_ids: list[int] | None = None
    targets_set_at: datetime | None = None
