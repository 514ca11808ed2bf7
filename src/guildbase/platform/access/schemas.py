"""The shapes of access in the API. Ids are text, because JavaScript would round them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from guildbase.core.rights import NAMES, Right, RightName, names
from guildbase.core.validators import Cursor, RoleId, UserId
from guildbase.platform.access.grants import Grant, Loss
from guildbase.platform.access.models import MAX_REASON, AccessGrant, GrantSource, HolderKind
from guildbase.platform.telemetry.models import AuditEntry

if TYPE_CHECKING:
    from guildbase.platform.access.rules import Explained


class AuthorizedOut(BaseModel):
    """Rights of a person or a role in the dashboard."""

    number: int = Field(examples=[1])
    kind: HolderKind
    id: str = Field(description="The user or the role.", examples=["1128754567890123457"])
    rights: list[RightName] = Field(description="Each with all that it includes.")
    effective: list[RightName] = Field(description="What it is worth now, given what it hangs on.")
    parent: int | None = Field(description="Number of the grant that it hangs on and ends with.")
    source: GrantSource
    given_by: str | None
    reason: str
    expires_at: datetime | None
    created_at: datetime
    is_away: bool = Field(description="Whether the person has left the server, so that it has no effect for now.")
    can_change: bool = Field(description="Whether what you give the holder takes the place of this.")
    can_revoke: bool = Field(description="Whether you may end it.")

    @classmethod
    def of(cls, row: AccessGrant, effective: Right, *, can_change: bool, can_revoke: bool) -> AuthorizedOut:
        """Return the shape of a stored grant, as whoever asks may deal with it."""
        return cls(
            number=row.number,
            kind=row.holder_kind,
            id=str(row.holder_id),
            rights=names(Right(row.rights)),
            effective=names(effective),
            parent=row.parent,
            source=row.source,
            given_by=None if row.given_by_id is None else str(row.given_by_id),
            reason=row.reason,
            expires_at=row.expires_at,
            created_at=row.created_at,
            is_away=row.is_away,
            can_change=can_change,
            can_revoke=can_revoke,
        )


class AuthorizedList(BaseModel):
    """All who have access to the dashboard, the oldest grant first."""

    authorized: list[AuthorizedOut]
    can_give: list[RightName] = Field(description="Every right that you may give to others.")


class HeldGrantOut(BaseModel):
    """One of somebody's grants, and what it is worth to them."""

    number: int
    kind: HolderKind
    id: str = Field(description="They themselves, or the role of theirs that has it.")
    rights: list[RightName]
    effective: list[RightName]
    lost: Loss | None = Field(description="Why it is worth nothing, if it is not.")
    lost_by: int | None = Field(description="Number of the grant that takes its effect.")

    @classmethod
    def of(cls, grant: Grant, worth: Right, lost: tuple[Grant, Loss] | None) -> HeldGrantOut:
        """Return the shape of the grant."""
        return cls(
            number=grant.number,
            kind=grant.holder.kind,
            id=str(grant.holder.id),
            rights=names(grant.rights),
            effective=names(worth),
            lost=lost[1] if lost else None,
            lost_by=lost[0].number if lost else None,
        )


class OwnAccess(BaseModel):
    """What you may do in a server's dashboard, and why."""

    rights: list[RightName] = Field(description="Every right, also those that others include.")
    by_discord: list[RightName] = Field(description="What comes with Discord's permissions, a level or the ownership.")
    is_guild_owner: bool
    grants: list[HeldGrantOut]

    @classmethod
    def of(cls, explained: Explained, *, is_guild_owner: bool) -> OwnAccess:
        """Return the shape of the explanation."""
        return cls(
            rights=[name for name, right in NAMES.items() if right in explained.rights],
            by_discord=names(explained.by_discord),
            is_guild_owner=is_guild_owner,
            grants=[HeldGrantOut.of(*held) for held in explained.grants],
        )


class AccessChange(BaseModel):
    """Something that happened to who has access."""

    id: UUID
    action: str = Field(examples=["access.grant"])
    actor_id: str | None
    actor_name: str
    kind: HolderKind
    holder_id: str | None
    grant: int | None
    rights: list[RightName]
    expires_at: datetime | None
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, row: AuditEntry) -> AccessChange:
        """Return the shape of an entry of the audit log."""
        told = row.details
        return cls(
            id=row.audit_id,
            action=row.action,
            actor_id=None if row.actor_id is None else str(row.actor_id),
            actor_name=row.actor_name,
            kind=HolderKind(row.target_type),
            holder_id=None if row.target_id is None else str(row.target_id),
            grant=told.get("grant"),
            rights=told.get("rights", []),
            expires_at=told.get("expires_at"),
            reason=row.reason,
            created_at=row.created_at,
        )


class AccessHistory(BaseModel):
    """What happened to who has access, newest first."""

    changes: list[AccessChange]
    next_after: Cursor | None = Field(description="Send it as `after` for the next page; null on the last one.")


class GrantIn(BaseModel):
    """Whom to give which rights."""

    model_config = ConfigDict(extra="forbid")

    user_id: UserId | None = None
    role_id: RoleId | None = None
    rights: Annotated[list[RightName], Field(min_length=1, max_length=len(NAMES))]
    expires_at: AwareDatetime | None = None
    reason: str = Field(default="", max_length=MAX_REASON)


class Ended(BaseModel):
    """The numbers of the grants that have ended."""

    ended: list[int]
