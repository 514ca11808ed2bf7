"""What is told of settings and their changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guildbase.core.feature_settings import FeatureSettings
from guildbase.platform.configuration.models import ConfigurationHistory
from guildbase.platform.configuration.rules import Difference

SCHEMA, VALUE = "schema", "value"
"""The keys of a custom setting's state, as the history keeps it."""


@dataclass(frozen=True, slots=True)
class Current:
    """What holds in a server of one feature."""

    feature: str
    settings: FeatureSettings
    version: int
    """The number of the last change; 0 if there was none."""
    document: Mapping[str, Any]
    """What was set and counts, as JSON."""
    ignored: Mapping[str, str]
    """What was set and does not fit any more, so that the default holds, each with the reason."""
    obstacle: str = ""
    """Why nothing can be changed, if that is so; a reset of all helps."""

    @property
    def is_set(self) -> frozenset[str]:
        """The keys that the server has set."""
        return frozenset(self.document)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The short form of a change, which can be stored and given again."""

    feature: str
    version: int
    keys: list[str]
    """The keys that changed; none if it was so already."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did."""

    feature: str
    version: int
    """The number of this change; the present one if nothing changed."""
    differences: tuple[Difference, ...]
    settings: FeatureSettings

    @property
    def is_changed(self) -> bool:
        """Whether anything changed; if not, nothing was written."""
        return bool(self.differences)

    @property
    def receipt(self) -> Receipt:
        """The short form."""
        return Receipt(self.feature, self.version, [it.key for it in self.differences])


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Changes, newest first."""

    entries: Sequence[ConfigurationHistory]
    next_before: int | None
    """Ask with this `before` for the older ones; None on the last page."""


@dataclass(frozen=True, slots=True)
class Custom:
    """One setting of a server's own."""

    name: str
    schema: Mapping[str, Any]
    version: int
    """The number of its last change."""
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_set(self) -> bool:
        """Whether it has a value."""
        return VALUE in self.document

    @property
    def value(self) -> Any:
        """The value; None if none is set."""
        return self.document.get(VALUE)

    @property
    def state(self) -> dict[str, Any]:
        """Schema and value, as the history keeps them."""
        return {SCHEMA: dict(self.schema), **self.document}
