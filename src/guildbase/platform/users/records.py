"""People as they are handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guildbase.platform.users.models import Member, UserPreferences


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a person wants to be treated everywhere."""

    time_zone: str = "UTC"
    locale: str | None = None
    """None means the language that Discord tells."""
    wants_dms: bool = True

    @classmethod
    def of(cls, row: UserPreferences | None) -> Preferences:
        """Return what the row says, or the defaults."""
        return cls() if row is None else cls(row.time_zone or "UTC", row.locale, row.wants_dms)


@dataclass(frozen=True, slots=True)
class KnownMember:
    """What is known of a member whom the bot keeps something about."""

    user_id: int
    first_seen_at: datetime
    joined_at: datetime | None
    """None if they were there before the bot looked."""
    left_at: datetime | None
    """None while they are there."""
    times_left: int

    @classmethod
    def of(cls, row: Member) -> KnownMember:
        """Return the record of a stored member."""
        return cls(row.user_id, row.created_at, row.joined_at, row.left_at, row.times_left)


def preferences_tags(user_id: int) -> tuple[str, ...]:
    """Return what a person's preferences are tagged with: themselves, and whose erasure takes them along."""
    return preferences_tag(user_id), f"user:{user_id}"


def preferences_tag(user_id: int) -> str:
    """Return the tag of the person's preferences."""
    return f"preferences:{user_id}"
