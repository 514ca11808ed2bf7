"""What a server sets of the tools for channels."""

from __future__ import annotations

from pydantic import Field

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import ChannelId, Duration, RoleId
from guildbase.features.channels.kinds import GateMode


class ChannelSettings(FeatureSettings):
    """What a server sets of the tools for channels."""

    purge_keeps_texts: bool = Field(
        default=False, description="Whether the mod-log gets the texts that a purge deletes, as a file."
    )
    purge_confirm_from: int = Field(
        default=50, ge=1, le=1000, description="From how many messages on a purge asks before it deletes."
    )
    lockdown_staff_roles: tuple[RoleId, ...] = Field(
        default=(),
        max_length=20,
        description="Roles that keep speaking in a lockdown, besides those that moderate or have a level from 3 on.",
    )
    lockdown_tells_channel: bool = Field(
        default=True, description="Whether a channel that you lock or unlock by itself is told so, with the reason."
    )
    gate_role: RoleId | None = Field(
        default=None, description="Role that a newcomer gets at the gate; without one the gate is open."
    )
    gate_unverified_role: RoleId | None = Field(
        default=None, description="Role that a newcomer has till then, and loses at the gate."
    )
    gate_mode: GateMode = Field(default=GateMode.BUTTON, description="What a newcomer has to do to get in.")
    gate_text: str = Field(
        default="",
        max_length=1500,
        description="What stands above the gate's button, such as your rules; people accept it by getting in.",
    )
    gate_question: str = Field(default="", max_length=45, description="The question of the mode `question`.")
    gate_answers: tuple[str, ...] = Field(
        default=(), max_length=10, description="Answers that are right; upper and lower case are alike."
    )
    gate_attempts: int = Field(default=5, ge=1, le=50, description="Wrong answers after which only staff can help.")
    gate_account_age: Duration | None = Field(
        default=None, description="How old an account must be to get in by itself."
    )
    gate_wait: Duration | None = Field(
        default=None, description="How long a newcomer waits before they may get in, to read the rules."
    )
    gate_kick_after: Duration | None = Field(
        default=None, description="After what time a newcomer who did not get in is kicked; nobody is without it."
    )
    gate_log_channel: ChannelId | None = Field(
        default=None, description="Channel that is told who got in, and who did not."
    )
