"""Cases as they are handed out from the cache."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guildbase.features.moderation.kinds import CaseState, CaseType, NoticeState
from guildbase.features.moderation.models import ModerationCase


@dataclass(frozen=True, slots=True)
class UserCase:
    """What a list of one user's cases shows; nothing of the moderator, whose erasure would have to find it."""

    number: int
    case_type: CaseType
    state: CaseState
    notice: NoticeState
    target_id: int
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, case: ModerationCase) -> UserCase:
        """Return the record of a stored case."""
        return cls(case.number, case.case_type, case.state, case.notice, case.target_id, case.reason, case.created_at)


def cases_tags(guild_id: int, user_id: int) -> tuple[str, ...]:
    """Return what a user's cases in the guild are tagged with: themselves, and whose erasure takes them along."""
    return cases_tag(guild_id, user_id), f"guild:{guild_id}", f"user:{user_id}"


def cases_tag(guild_id: int, user_id: int) -> str:
    """Return the tag of the user's cases in the guild."""
    return f"user_cases:{guild_id}:{user_id}"


def copy_name(number: int, position: int, filename: str) -> str:
    """Return what the mod-log's copy of a case's file is called, by which it is found again."""
    return f"{number}-{position}-{filename}"[:200]
