"""What a server sets of reports and appeals, and their shapes in the API; ids are text there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import ChannelId, Cursor, Duration, RoleId
from guildbase.features.reports.kinds import MAX_TEXT, Happening, Outcome, ReportKind, ReportState
from guildbase.features.reports.models import Report, ReportEvent


class ReportSettings(FeatureSettings):
    """What a server sets of reports and appeals."""

    report_channel: ChannelId | None = Field(
        default=None, description="Where reports are queued; without it members cannot report."
    )
    appeal_channel: ChannelId | None = Field(
        default=None, description="Where appeals are queued; without it nobody can appeal."
    )
    ping_role: RoleId | None = Field(default=None, description="Who is mentioned when something new is queued.")
    staff_roles: tuple[RoleId, ...] = Field(
        default=(), max_length=25, description="Roles that work through the queues, besides moderators."
    )
    barred_roles: tuple[RoleId, ...] = Field(
        default=(), max_length=25, description="Roles whose members may not report."
    )
    appeal_wait: Duration = Field(
        default=timedelta(days=7), description="How long after a rejected appeal the same case may be appealed again."
    )


class HappeningOut(BaseModel):
    """One thing that happened to a report."""

    position: int
    happening: Happening
    actor_id: str | None
    actor_name: str
    text: str
    happened_at: datetime

    @classmethod
    def of(cls, event: ReportEvent) -> HappeningOut:
        """Return the shape of a stored event."""
        actor_id = None if event.actor_id is None else str(event.actor_id)
        return cls(
            position=event.position,
            happening=event.happening,
            actor_id=actor_id,
            actor_name=event.actor_name,
            text=event.text,
            happened_at=event.happened_at,
        )


class HappeningPage(BaseModel):
    """What happened to a report, oldest first; ask again with `after` set to `next_after` for more."""

    events: list[HappeningOut]
    next_after: Cursor | None = Field(description="None on the last page.")


class ReportOut(BaseModel):
    """One report or appeal."""

    number: int = Field(examples=[1])
    kind: ReportKind
    state: ReportState
    outcome: Outcome | None
    target_id: str = Field(examples=["1128754567890123457"])
    target_name: str
    channel_id: str | None
    message_id: str | None
    evidence: str
    text: str = Field(description="What whoever filed it wrote; empty if they wrote nothing.")
    case_number: int | None = Field(description="The case that is appealed, or the one that came of the report.")
    claimed_by: str | None
    claimed_name: str
    created_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, report: Report, text: str) -> ReportOut:
        """Return the shape of a stored report that was filed with this text."""
        values: dict[str, Any] = {name: getattr(report, name) for name in cls.model_fields if name != "text"}
        for name in ("target_id", "channel_id", "message_id", "claimed_by"):
            values[name] = None if values[name] is None else str(values[name])
        return cls(**values, text=text)


class ReportPage(BaseModel):
    """Reports newest first; ask again with `after` set to `next_after` for older ones."""

    reports: list[ReportOut]
    next_after: Cursor | None = Field(description="None on the last page.")


class ReportClosing(BaseModel):
    """How a report or an appeal shall end; a report may end with a warning, a timeout or a ban of whom it is about."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome
    note: Annotated[
        str, Field(max_length=MAX_TEXT, description="Told to whoever wrote; the reason of what is done with it.")
    ] = ""
    duration: Annotated[Duration | None, Field(description="Of a timeout, or of a ban that ends.")] = None


class ReportQuestion(BaseModel):
    """What the staff asks whoever wrote."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
