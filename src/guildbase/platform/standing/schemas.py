"""The shapes of standings in the API. Ids are text, because JavaScript would round them."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from guildbase.core.validators import UserId
from guildbase.platform.standing.models import (
    MAX_REASON,
    GlobalStanding,
    GuildStanding,
    StandingStatus,
    SubjectKind,
)


class StandingIn(BaseModel):
    """What to decide about somebody."""

    model_config = ConfigDict(extra="forbid")

    subject_id: UserId = Field(examples=["1128754567890123457"], description="The person's id, or the server's.")
    status: StandingStatus
    reason: str = Field(default="", max_length=MAX_REASON)
    expires_at: AwareDatetime | None = Field(default=None, description="None: it does not end by itself.")
    is_silent: bool = Field(default=False, description="Whether the reason and the end are kept from them.")


class GlobalStandingIn(StandingIn):
    """What to decide about somebody everywhere."""

    subject_kind: SubjectKind
    leave: bool = Field(default=False, description="Whether the bot leaves a server that is blocked.")


class StandingOut(BaseModel):
    """One standing."""

    subject_kind: SubjectKind
    subject_id: str = Field(examples=["1128754567890123457"])
    status: StandingStatus
    reason: str
    is_silent: bool
    expires_at: datetime | None
    set_by_id: str | None
    set_by_name: str
    set_at: datetime

    @classmethod
    def of(cls, row: GuildStanding | GlobalStanding) -> StandingOut:
        """Return the shape of a stored standing."""
        kind, subject_id = (
            (SubjectKind.USER, row.user_id) if isinstance(row, GuildStanding) else (row.subject_kind, row.subject_id)
        )
        return cls(
            subject_kind=kind,
            subject_id=str(subject_id),
            status=row.status,
            reason=row.reason,
            is_silent=row.is_silent,
            expires_at=row.expires_at,
            set_by_id=None if row.set_by_id is None else str(row.set_by_id),
            set_by_name=row.set_by_name,
            set_at=row.created_at,
        )


class StandingPage(BaseModel):
    """Standings newest first; ask again with `after` set to `next_after` for older ones."""

    standings: list[StandingOut]
    next_after: str | None = Field(description="None on the last page.")
