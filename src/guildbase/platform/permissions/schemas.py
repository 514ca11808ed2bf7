"""What a server may set about permissions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from guildbase.core.feature_settings import FeatureSettings


class PermissionSettings(FeatureSettings):
    """Settings of the permissions."""

    permission_audit: Literal["all", "refusals", "off"] = Field(
        "refusals", description="Which checks of who may use a command are written down."
    )
