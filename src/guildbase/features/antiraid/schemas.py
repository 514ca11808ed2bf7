"""What a server sets about raids."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import ChannelId, Duration
from guildbase.features.antiraid.kinds import RaidAction, RaidLevel


class AntiraidSettings(FeatureSettings):
    """What a server sets about raids."""

    level: RaidLevel = Field(
        default=RaidLevel.OFF,
        description="What a raid causes: `watch` tells the staff, `on` also acts, `lockdown` also locks the server.",
    )
    action: RaidAction = Field(
        default=RaidAction.TIMEOUT, description="What is done to those who raid, from level `on` on."
    )
    timeout: Duration = Field(default=timedelta(days=1), description="How long those who raid are timed out.")
    joins: int = Field(default=10, ge=3, le=1000, description="So many joins within `window` are a raid.")
    window: Duration = Field(default=timedelta(seconds=15), description="The time in which joins are counted.")
    new_account: Duration = Field(default=timedelta(days=7), description="Accounts younger than this are new.")
    new_share: int = Field(
        default=80, ge=50, le=100, description="Percent of new accounts from which half of `joins` are a raid."
    )
    alike: int = Field(
        default=6, ge=3, le=100, description="So many newcomers with alike names, pictures or ages are a raid."
    )
    messages: int = Field(
        default=20, ge=5, le=1000, description="So many messages of three newcomers or more within `window` are a raid."
    )
    quiet: Duration = Field(default=timedelta(minutes=10), description="After so long without joins a raid is over.")
    pause_invites: bool = Field(
        default=True, description="Whether invites are paused in a raid, from level `on` on; Discord allows a day."
    )
    alert_channel: ChannelId | None = Field(
        default=None, description="Channel that is told of raids; the mod-log by default."
    )
