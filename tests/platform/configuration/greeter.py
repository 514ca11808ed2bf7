"""A stranger's feature with settings of many kinds."""

from __future__ import annotations

from pathlib import Path

from tests.local_features import LocalFeatures

SCHEMAS = """
from datetime import timedelta
from typing import Any, Literal, Self

from pydantic import Field, create_model, model_validator

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import ChannelId, Colour, Duration, RoleId


class GreeterSettings(FeatureSettings):
    shape = 2

    text: str = Field("Hello", min_length=1, max_length=2000, description="What newcomers are told.")
    channel: ChannelId | None = Field(None, description="Where.")
    cooldown: Duration = Field(timedelta(minutes=5), description="How long until the next greeting.")
    low: int = Field(1, ge=0, le=1000, description="Fewest.")
    high: int = Field(10, ge=0, le=1000, description="Most; not less than the fewest.")
    share: float = Field(0.5, ge=0, le=1, description="How many of them.")
    style: Literal["short", "long"] = Field("short", description="How.")
    colour: Colour = Field(0x5865F2, description="Of the frame.")
    roles: tuple[RoleId, ...] = Field((), max_length=10, description="Who is greeted.")
    words: dict[str, Any] = Field({}, description="Whatever else.")
    is_loud: bool = Field(False, description="Whether everybody hears it.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low is more than high")
        return self

    @classmethod
    def upgrade(cls, document: dict[str, Any], shape: int) -> dict[str, Any]:
        if "broken" in document:
            raise KeyError("greeting")
        if "greeting" in document:
            document["text"] = document.pop("greeting")
        return document


ManySettings = create_model(
    "ManySettings", __base__=FeatureSettings, __module__=__name__,
    **{f"key_{number}": (int, Field(0, description="A number.")) for number in range(20)},
)
"""


def write_greeter(folder: Path) -> Path:
    """Write the features `greeter` and `many` into a new folder; return the folder."""
    features = LocalFeatures(folder)
    features.write("greeter", "settings='schemas:GreeterSettings', requires=('configuration',)", schemas=SCHEMAS)
    features.write("many", "settings='schemas:ManySettings', requires=('configuration',)", schemas=SCHEMAS)
    features.write("silent")
    return features.folder
