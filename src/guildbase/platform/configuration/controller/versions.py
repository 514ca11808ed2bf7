"""What is set at one moment, and a change that is to be made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from guildbase.core.errors import InvalidInput
from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord
from guildbase.database.rows.validation import unstorable_text
from guildbase.platform.configuration.events import ConfigurationChanged
from guildbase.platform.configuration.models import MAX_REASON, ChangeKind
from guildbase.platform.configuration.rules import Difference

SettingsT = TypeVar("SettingsT", bound=FeatureSettings)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a server has set of one feature."""

    version: int = 0
    shape: int = 1
    document: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Defaults that the operator chose in place of the model's."""

    def over_defaults(self, settings: SettingsT, is_set: Collection[str]) -> SettingsT:
        """Return the settings with the operator's defaults where nothing is set."""
        missing = {key: value for key, value in self.defaults.items() if key not in is_set}
        return settings.model_copy(update=missing) if missing else settings


@dataclass(frozen=True, slots=True)
class Seen:
    """What holds at one moment, for a change that is to be made of it."""

    stored: Stored
    last: int = 0
    """The number of the last change in the history: what is set may be gone, and not its history."""
    guild_version: int = 0
    """The version of the guild's snapshot; 0 for a guild that the database does not know."""


@dataclass(frozen=True, slots=True)
class Note:
    """How and why somebody changes settings."""

    kind: ChangeKind
    reason: str = ""

    def __post_init__(self) -> None:
        if len(self.reason) > MAX_REASON:
            raise InvalidInput(
                _("The reason has {size} characters.", size=len(self.reason)),
                hint=_("At most {most} fit.", most=MAX_REASON),
                problems={"reason": _("it is too long")},
            )
        if problem := unstorable_text(self.reason):
            raise InvalidInput(_("The reason cannot be stored: {why}.", why=problem), problems={"reason": problem})


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A change that was judged and is to be written."""

    guild_id: int
    feature: str
    version: int
    after: Stored
    """What is set then; its own version does not matter."""
    differences: tuple[Difference, ...]
    note: Note

    @property
    def event(self) -> ConfigurationChanged:
        """What is announced of it."""
        return ConfigurationChanged(self.guild_id, self.feature, self.version, tuple(it.key for it in self.differences))

    @property
    def audit(self) -> AuditRecord:
        """What its audit row says."""
        keys = [it.key for it in self.differences]
        details = {"feature": self.feature, "version": self.version, "settings": keys}
        return AuditRecord(f"configuration.{self.note.kind}", self.guild_id, reason=self.note.reason, details=details)
