"""The business logic of settings; the only writer of their tables."""

from guildbase.platform.configuration.controller.configuration import ConfigurationController
from guildbase.platform.configuration.controller.errors import SettingsChanged, UnknownFeature, UnknownSetting
from guildbase.platform.configuration.controller.results import Changed, Current, HistoryPage, Receipt
from guildbase.platform.configuration.controller.store import SettingsStore
from guildbase.platform.configuration.controller.versions import NewVersion, Note, Stored

__all__ = [
    "Changed",
    "ConfigurationController",
    "Current",
    "HistoryPage",
    "NewVersion",
    "Note",
    "Receipt",
    "SettingsChanged",
    "SettingsStore",
    "Stored",
    "UnknownFeature",
    "UnknownSetting",
]
