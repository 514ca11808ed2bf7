"""The shapes of settings in the API. Ids are text, because JavaScript would round them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from guildbase.core.validators import Cursor
from guildbase.platform.configuration.models import MAX_REASON, ConfigurationHistory

MAX_VERSION = 2**31 - 1
_REASON = Field(default="", max_length=MAX_REASON, description="Why, for the history.")
_VERSION = Field(
    default=None,
    ge=0,
    le=MAX_VERSION,
    description="The version that you saw. If it is another by now, nothing changes (409).",
)


class SettingsOut(BaseModel):
    """What holds in a server of one feature."""

    feature: str = Field(examples=["guilds"])
    version: int = Field(description="The number of the last change; 0 if there was none.")
    values: dict[str, Any] = Field(description="Every setting with the value that holds.")
    is_set: list[str] = Field(description="The settings that the server has set; the others have their default.")
    ignored: dict[str, str] = Field(description="Settings whose stored value does not fit any more, with the reason.")
    obstacle: str = Field(description="Why nothing can be changed, if that is so; a reset of all helps.")


class SettingsList(BaseModel):
    """What holds in a server of every feature."""

    features: list[SettingsOut]


class ChangesIn(BaseModel):
    """Settings to change; those that are not named stay as they are."""

    model_config = ConfigDict(extra="forbid")

    changes: dict[str, Any] = Field(min_length=1, max_length=100, examples=[{"prefix": "?"}])
    reason: str = _REASON
    version: int | None = _VERSION


class ResetIn(BaseModel):
    """Settings to give their defaults again."""

    model_config = ConfigDict(extra="forbid")

    keys: list[str] | None = Field(
        default=None, min_length=1, max_length=100, description="None: all settings of the feature."
    )
    reason: str = _REASON
    version: int | None = _VERSION


class RollbackIn(BaseModel):
    """The version whose settings are to hold again."""

    model_config = ConfigDict(extra="forbid")

    to: int = Field(ge=0, le=MAX_VERSION, description="0: nothing set.")
    reason: str = _REASON
    version: int | None = _VERSION


class ChangedOut(BaseModel):
    """What a change did."""

    feature: str
    version: int = Field(description="The number of this change; the present one if nothing changed.")
    changed: list[str] = Field(description="The settings that changed; none if it was so already.")


class HistoryEntryOut(BaseModel):
    """One change."""

    version: int
    kind: str = Field(examples=["set"])
    changes: dict[str, Any] = Field(
        description="By setting: `before` and `after`; one is missing where nothing is set."
    )
    author_id: str | None
    author_name: str
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, entry: ConfigurationHistory) -> HistoryEntryOut:
        """Return the shape of a stored change."""
        return cls(
            version=entry.version,
            kind=entry.kind,
            changes=entry.changes,
            author_id=None if entry.author_id is None else str(entry.author_id),
            author_name=entry.author_name,
            reason=entry.reason,
            created_at=entry.created_at,
        )


class HistoryOut(BaseModel):
    """Changes, newest first; ask again with `after` set to `next_after` for older ones."""

    entries: list[HistoryEntryOut]
    next_after: Cursor | None = Field(description="None on the last page.")
