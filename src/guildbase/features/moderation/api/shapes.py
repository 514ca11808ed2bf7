"""Cases, notes and types as the API shows them. Ids are text, because JavaScript would round them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from guildbase.core.validators import Cursor, Duration, UserId
from guildbase.features.moderation.controller.history import CaseFile
from guildbase.features.moderation.kinds import (
    MAX_NOTE,
    MAX_REASON,
    MAX_TYPE_NAME,
    CaseSource,
    CaseState,
    CaseType,
    NoticeState,
)
from guildbase.features.moderation.models import CaseEdit, CaseEvidence, CustomCaseType, ModerationCase, ModerationNote

EXAMPLE = "1128754567890123457"


class CaseOut(BaseModel):
    """One case."""

    number: int = Field(examples=[1])
    type: CaseType
    custom_type: str | None
    state: CaseState
    failure: str | None = Field(description="Why Discord refused it.")
    notice: NoticeState
    source: CaseSource
    target_id: str = Field(examples=[EXAMPLE])
    target_name: str
    moderator_id: str
    moderator_name: str
    reason: str
    details: dict[str, Any]
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    ending_case: int | None
    is_hidden: bool
    struck_at: datetime | None

    @classmethod
    def of(cls, case: ModerationCase) -> CaseOut:
        """Return the shape of a stored case."""
        return cls(
            number=case.number,
            type=case.case_type,
            custom_type=case.custom_type,
            state=case.state,
            failure=case.failure or None,
            notice=case.notice,
            source=case.source,
            target_id=str(case.target_id),
            target_name=case.target_name,
            moderator_id=str(case.moderator_id),
            moderator_name=case.moderator_name,
            reason=case.reason,
            details=case.details,
            created_at=case.created_at,
            expires_at=case.expires_at,
            ended_at=case.ended_at,
            ending_case=case.ending_case,
            is_hidden=case.is_hidden,
            struck_at=case.deleted_at,
        )


class CasePage(BaseModel):
    """Cases newest first; ask again with `after` set to `next_after` for older ones, also where a page is short."""

    cases: list[CaseOut]
    next_after: Cursor | None = Field(description="None on the last page.")


class EditOut(BaseModel):
    """One change of a case."""

    editor_id: str | None
    editor_name: str
    field: str
    before: str
    after: str
    edited_at: datetime

    @classmethod
    def of(cls, row: CaseEdit) -> EditOut:
        """Return the shape of the change."""
        return cls(
            editor_id=None if row.editor_id is None else str(row.editor_id),
            editor_name=row.editor_name,
            field=row.field,
            before=row.before,
            after=row.after,
            edited_at=row.edited_at,
        )


class EvidenceOut(BaseModel):
    """A file that shows why."""

    filename: str
    url: str
    added_at: datetime

    @classmethod
    def of(cls, row: CaseEvidence) -> EvidenceOut:
        """Return the shape of the file."""
        return cls(filename=row.filename, url=row.url, added_at=row.added_at)


class CaseFileOut(CaseOut):
    """One case with all that is known of it."""

    edits: list[EditOut] = Field(description="Newest first, at most 100.")
    evidence: list[EvidenceOut]
    role_ids: list[str] = Field(description="What they had before they were jailed.")

    @classmethod
    def of_file(cls, file: CaseFile) -> CaseFileOut:
        """Return the shape of the case and all that belongs to it."""
        return cls(
            **CaseOut.of(file.case).model_dump(),
            edits=[EditOut.of(row) for row in file.edits],
            evidence=[EvidenceOut.of(row) for row in file.evidence],
            role_ids=[str(role_id) for role_id in file.role_ids],
        )


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CaseIn(_In):
    """What is to be done to whom."""

    type: CaseType
    target_id: UserId
    reason: str = Field(max_length=MAX_REASON)
    duration: Duration | None = Field(None, examples=["1d 2h"])
    custom_type: str | None = Field(None, max_length=MAX_TYPE_NAME, description="For the type `custom`.")
    details: dict[str, Any] = Field(default_factory=dict)
    is_silent: bool = Field(False, description="Whether the person is not told.")
    is_hidden: bool = False


class OpenedOut(BaseModel):
    """A case that was opened; what it does is under way."""

    number: int
    replaced: int | None = Field(description="Number of the case whose punishment this one ends or replaces.")


class CaseChangeIn(_In):
    """What is to be another; what is left out stays."""

    reason: str | None = Field(None, max_length=MAX_REASON)
    details: dict[str, Any] | None = None
    expires_at: AwareDatetime | None = Field(None, description="The new end; null for never.")


class HiddenIn(_In):
    """Whether only senior moderators see it."""

    is_hidden: bool


class NoteOut(BaseModel):
    """A note."""

    number: int
    target_id: str = Field(examples=[EXAMPLE])
    target_name: str
    moderator_id: str | None
    moderator_name: str
    content: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: ModerationNote) -> NoteOut:
        """Return the shape of the note."""
        return cls(
            number=row.number,
            target_id=str(row.target_id),
            target_name=row.target_name,
            moderator_id=None if row.moderator_id is None else str(row.moderator_id),
            moderator_name=row.moderator_name,
            content=row.content,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class NotePage(BaseModel):
    """Notes newest first."""

    notes: list[NoteOut]
    next_after: Cursor | None


class NoteIn(_In):
    """A note that is to be written."""

    target_id: UserId
    target_name: str = Field("", max_length=100)
    content: str = Field(max_length=MAX_NOTE)


class NoteChangeIn(_In):
    """What a note is to say."""

    content: str = Field(max_length=MAX_NOTE)


class TypeOut(BaseModel):
    """A type of cases of a server's own."""

    name: str
    display_name: str
    description: str
    severity: int
    requires_duration: bool
    metadata_schema: dict[str, Any]
    is_archived: bool

    @classmethod
    def of(cls, row: CustomCaseType) -> TypeOut:
        """Return the shape of the type."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class TypeIn(_In):
    """A type that is to be made."""

    name: str = Field(max_length=MAX_TYPE_NAME)
    display_name: str = Field(max_length=100)
    description: str = Field("", max_length=500)
    severity: int = Field(1, ge=1, le=10)
    requires_duration: bool = False
    metadata_schema: dict[str, Any] = Field(default_factory=dict)


class TypeChangeIn(_In):
    """What of a type is to be another; what is left out stays."""

    display_name: str = Field("", max_length=100)
    description: str = Field("", max_length=500)
    severity: int = Field(1, ge=1, le=10)
    requires_duration: bool = False
    metadata_schema: dict[str, Any] = Field(default_factory=dict)
    is_archived: bool = False
