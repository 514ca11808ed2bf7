"""Requests of users to join a guild that picks its members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JoinRequestStatus(StrEnum):
    """How far a request has come."""

    SUBMITTED = "SUBMITTED"
    REJECTED = "REJECTED"
    APPROVED = "APPROVED"


@dataclass(slots=True)
class JoinRequest:
    """A user's request, and who decided on it."""

    id: int
    user_id: int
    created_at: datetime
    status: JoinRequestStatus = JoinRequestStatus.SUBMITTED
    rejection_reason: str | None = None
    reviewed_at: datetime | None = None
    reviewer_id: int | None = None
