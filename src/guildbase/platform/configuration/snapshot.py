"""What a server has set, as a part of its snapshot: `snapshot.get(HelloSettings)`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import structlog

from guildbase.core.feature import Feature
from guildbase.core.feature_settings import FeatureSettings
from guildbase.platform.configuration import rules
from guildbase.platform.configuration.models import CustomSetting, GuildSettings
from guildbase.platform.guilds.parts import Rows, SnapshotPart

log = structlog.get_logger(__name__)

GENERAL = "guilds"
"""The feature whose settings are the columns of `GuildConfig`, which the snapshot itself is made of."""


def _settings(kind: type[FeatureSettings], guild_id: int, rows: Rows) -> FeatureSettings:
    """Return the settings; a server that has set nothing shares the defaults with all others."""
    feature = feature_of(kind)
    if feature == GENERAL:
        raise LookupError(
            "Prefix, language and levels are the snapshot's own; read the rest by ConfigurationController."
        )
    for name, shape, document in rows:
        if name == feature:
            reading = rules.read(kind, document, shape)
            if reading.ignored or reading.obstacle:
                log.warning(
                    "settings_ignored", guild_id=guild_id, feature=feature, keys=sorted(reading.ignored),
                    reason=reading.obstacle or "They do not fit any more; `/config show` tells why.",
                )  # fmt: skip
            return reading.settings
    return kind.defaults()


def feature_of(model: type[FeatureSettings]) -> str:
    """Return the name of the feature whose settings the model holds.

    Raises:
        LookupError: the manifest around the model does not name it.
    """
    package, _, _ = model.__module__.rpartition(".")
    while package:
        manifest = getattr(sys.modules.get(package), "feature", None)
        if isinstance(manifest, Feature):
            if manifest.settings.partition(":")[2] == model.__name__:
                return manifest.name
            break
        package, _, _ = package.rpartition(".")
    raise LookupError(f"No manifest names {model.__name__} as its settings.")


SETTINGS = SnapshotPart(
    FeatureSettings, GuildSettings.__table__, columns=("feature", "shape", "document"), make=_settings
)


class CustomSettings:
    """The values of the settings that a server has defined itself."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def get(self, name: str, default: Any = None) -> Any:
        """Return the setting's value, or the default where none is set."""
        return self._values.get(name, default)


def _custom_settings(_kind: type[CustomSettings], _guild_id: int, rows: Rows) -> CustomSettings:
    return CustomSettings({name: document["value"] for name, document in rows if "value" in document})


CUSTOM = SnapshotPart(CustomSettings, CustomSetting.__table__, columns=("name", "document"), make=_custom_settings)
