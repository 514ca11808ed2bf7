"""The feature's own settings: which features and commands are switched off. `json_schema` is about all settings."""

from guildbase.platform.configuration.schemas.json_schema import schema_of
from guildbase.platform.configuration.schemas.toggles import MAX_OFF, RECOVERY_FEATURES, ToggleSettings, off_reason

__all__ = ["MAX_OFF", "RECOVERY_FEATURES", "ToggleSettings", "off_reason", "schema_of"]
