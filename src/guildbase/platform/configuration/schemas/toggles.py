"""Which features and commands a server has switched off."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from guildbase.core.feature_settings import FeatureSettings

RECOVERY_FEATURES = frozenset({"configuration", "permissions", "setup", "status"})
"""Features that are never off, because they are what helps when something is."""
MAX_OFF = 200
"""Features, and commands, that a server may switch off."""
_COMMAND = re.compile(r"[\w-]{1,32}( [\w-]{1,32}){0,2}")


def _check_command(name: str) -> str:
    if not _COMMAND.fullmatch(name) or name != name.lower():
        raise ValueError(f"no name of a command (an example: {'case view'!r})")
    return name


Reason = Annotated[str, StringConstraints(max_length=200)]
CommandName = Annotated[str, AfterValidator(_check_command)]


class ToggleSettings(FeatureSettings):
    """Which features and commands are switched off, each with the reason that people are told."""

    features_off: dict[str, Reason] = Field(
        {}, max_length=MAX_OFF, description="Features that are switched off, each with the reason that people are told."
    )
    commands_off: dict[CommandName, Reason] = Field(
        {}, max_length=MAX_OFF, description="Commands that are switched off, each with the reason that people are told."
    )


def off_reason(toggles: ToggleSettings, feature: str, command: str) -> str | None:
    """Return why the command (its qualified name) of the feature is off, which may be empty; None if it is on.

    A command is off with the group that it is in.
    """
    if not (toggles.features_off or toggles.commands_off) or feature in RECOVERY_FEATURES:
        return None
    if (reason := toggles.features_off.get(feature)) is not None:
        return reason
    name = command
    while name:
        if (reason := toggles.commands_off.get(name)) is not None:
            return reason
        name = name.rpartition(" ")[0]
    return None
