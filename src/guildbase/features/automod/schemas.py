"""What a server sets of automod."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import ChannelId, Duration

Threshold = Annotated[int, Field(ge=0, le=1_000_000)]


class AutomodSettings(FeatureSettings):
    """What a server sets of automod."""

    is_on: bool = Field(default=True, description="Whether any rule is looked at.")
    alert_channel: ChannelId | None = Field(default=None, description="Where moderators are told of broken rules.")
    spares_trusted: bool = Field(default=True, description="Whether people whom `/blocklist trust` names are spared.")
    points_decay: Duration = Field(default=timedelta(days=7), description="After how long points lose their weight.")
    decay: Literal["halve", "fall"] = Field(
        default="halve", description="Whether points halve after each such time, or fall away as a whole."
    )
    warn_at: Threshold = Field(default=0, description="Points at which a member is warned; 0 for never.")
    timeout_at: Threshold = Field(default=0, description="Points at which a member is timed out; 0 for never.")
    timeout_for: Duration = Field(default=timedelta(hours=1), description="How long that timeout is, 28 days at most.")
    kick_at: Threshold = Field(default=0, description="Points at which a member is kicked; 0 for never.")
    ban_at: Threshold = Field(default=0, description="Points at which a member is banned; 0 for never.")
