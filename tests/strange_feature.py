"""A stranger's feature with a setting of every kind, and no code at all for how they are set."""

from __future__ import annotations

from pathlib import Path

from tests.local_features import LocalFeatures

SETTINGS = """
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import Field

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import ChannelId, Colour, Duration, RoleId, TimeZone, UserId


class Mood(StrEnum):
    CALM = "calm"
    LOUD = "loud"


class StrangeSettings(FeatureSettings):
    greeting: str = Field("Hello", max_length=3900, description="What it says.")
    is_on: bool = Field(True, description="Whether it speaks.")
    mood: Mood = Field(Mood.CALM, description="How it speaks.")
    colours: tuple[Literal["red", "green", "blue"], ...] = Field((), max_length=2, description="What it likes.")
    limit: int = Field(3, ge=1, le=50, description="How often it speaks.")
    role: RoleId | None = Field(None, description="Whom it greets.")
    channels: tuple[ChannelId, ...] = Field((), max_length=3, description="Where it speaks.")
    friend: UserId | None = Field(None, description="Whom it likes.")
    colour: Colour = Field(0, description="Its colour.")
    wait: Duration = Field(timedelta(hours=1), description="How long it waits.")
    zone: TimeZone = Field("UTC", description="Its time zone.")
    words: tuple[str, ...] = Field((), max_length=5, description="Its words.")
    table: dict[str, int] = Field({}, description="Its table.")
"""
COG = """
class Strangers(BaseCog):
    @hybrid_group()
    async def stranger(self, ctx: Context) -> None:
        "Talk."

    @subcommand(stranger, "greet")
    async def greet(self, ctx: Context) -> None:
        "Say hello."
        await ctx.send("hello")
"""


def write_strange(folder: Path, settings: str = SETTINGS) -> Path:
    """Write the feature `strange` into a folder of features, or rewrite it, and return that folder."""
    features = LocalFeatures(folder) if not folder.exists() else LocalFeatures.__new__(LocalFeatures)
    features.folder = folder
    features.write("strange", manifest="settings='schemas:StrangeSettings',", schemas=settings, cog=COG)
    return folder
