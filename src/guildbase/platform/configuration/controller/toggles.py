"""Which features may be switched off."""

from __future__ import annotations

from guildbase.core.i18n import _
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration.rules import NewSettings, near
from guildbase.services.validation import Violation


class ToggleRule:
    """Only features that are here may be switched off, and none that helps when something is."""

    def __init__(self, registry: FeatureRegistry) -> None:
        self._registry = registry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToggleRule) and other._registry is self._registry

    def __hash__(self) -> int:
        return id(self._registry)

    def __call__(self, new: NewSettings) -> Violation | None:
        """Return why these settings are refused, if they are."""
        from guildbase.platform.configuration.schemas import RECOVERY_FEATURES, ToggleSettings  # Not needed to start.

        if not isinstance(new.settings, ToggleSettings):
            return None
        off = new.settings.features_off
        if needed := sorted(RECOVERY_FEATURES & off.keys()):
            told = _("{names} cannot be switched off: they help when something is.", names=", ".join(needed))
            return Violation("features_off", told)
        if unknown := sorted(off.keys() - self._registry.features.keys()):
            names = ", ".join(near(unknown[0], self._registry.features))
            told = _("There is no feature called {name}.", name=repr(unknown[0][:60]))
            return Violation("features_off", told, _("Do you mean {names}?", names=names))
        return None
