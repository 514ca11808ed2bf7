"""The shapes of cases in the API. Ids are text, because JavaScript would round them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from guildbase.features.moderation.models import CaseState, CaseType, ModerationCase, NoticeState


class CaseOut(BaseModel):
    """One case."""

    number: int = Field(examples=[1])
    type: CaseType
    state: CaseState
    notice: NoticeState
    target_id: str = Field(examples=["1128754567890123457"])
    target_name: str
    moderator_id: str
    moderator_name: str
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, case: ModerationCase) -> CaseOut:
        """Return the shape of a stored case."""
        return cls(
            number=case.number,
            type=case.case_type,
            state=case.state,
            notice=case.notice,
            target_id=str(case.target_id),
            target_name=case.target_name,
            moderator_id=str(case.moderator_id),
            moderator_name=case.moderator_name,
            reason=case.reason,
            created_at=case.created_at,
        )


class CasePage(BaseModel):
    """Cases newest first; ask again with `before` set to `next_before` for older ones."""

    cases: list[CaseOut]
    next_before: int | None = Field(description="None on the last page.")
