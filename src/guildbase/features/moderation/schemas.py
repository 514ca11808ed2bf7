"""What a server sets of moderation."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import ChannelId, Duration, RoleId
from guildbase.features.moderation.kinds import MAX_REASON, CaseType
from guildbase.features.moderation.ladders import check_step

MAX_NOTICE = 1000
"""Longest text of a server's own to who is punished, in characters, before its places are filled."""
PLACES = ("{user}", "{server}", "{reason}", "{until}", "{case}", "{moderator}")
"""What may stand in such a text for what is to be said."""
MAX_TEMPLATES = 100
TOLD = (
    CaseType.WARN, CaseType.BAN, CaseType.SOFTBAN, CaseType.TEMPBAN, CaseType.KICK, CaseType.TIMEOUT,
    CaseType.MUTE, CaseType.JAIL, CaseType.CUSTOM,
)  # fmt: skip
"""What somebody is told of unless the server wants otherwise."""
TemplateName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
TemplateText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REASON)]
LadderStep = Annotated[str, BeforeValidator(check_step)]
Templates = Annotated[dict[TemplateName, TemplateText], Field(max_length=MAX_TEMPLATES)]


def _text_of(what: str) -> str:
    text: str = Field(
        default="",
        max_length=MAX_NOTICE,
        description=f"What somebody reads who is {what}; {', '.join(PLACES)} stand for what they say. Empty: my words.",
    )
    return text


class ModerationSettings(FeatureSettings):
    """What a server sets of moderation."""

    appeal: str = Field(
        default="",
        max_length=500,
        description="What a member who is warned or punished reads below the reason, such as how to appeal.",
    )
    jail_role: RoleId | None = Field(default=None, description="The role of those in jail.")
    jail_channel: ChannelId | None = Field(default=None, description="The channel that those in jail are sent to.")
    mute_role: RoleId | None = Field(default=None, description="The role of the muted.")
    default_timeout: Duration = Field(default=timedelta(hours=1), description="How long a timeout is by default.")
    default_tempban: Duration = Field(default=timedelta(days=7), description="How long a temporary ban is by default.")
    default_mute: Duration | None = Field(default=None, description="How long a mute is by default; nothing: for good.")
    default_jail: Duration | None = Field(default=None, description="How long jail is by default; nothing: for good.")
    ban_delete_days: int = Field(
        default=0, ge=0, le=7, description="Of how many days a ban deletes the messages by default."
    )
    is_reason_required: bool = Field(default=False, description="Whether every action needs a reason.")
    reason_templates: Templates = Field(
        default_factory=dict,
        description="Reasons to pick from, by name; /reason adds and removes them.",
    )
    told: tuple[CaseType, ...] = Field(
        default=TOLD, description="Of which actions somebody is told by direct message; nothing for none."
    )
    text_warn: str = _text_of("warned")
    text_timeout: str = _text_of("timed out")
    text_mute: str = _text_of("muted")
    text_jail: str = _text_of("jailed")
    text_kick: str = _text_of("kicked")
    text_ban: str = _text_of("banned, whatever the form")
    is_public: bool = Field(default=False, description="Whether everybody in the channel sees what moderators do.")
    barred_channels: tuple[ChannelId, ...] = Field(
        default=(), max_length=100, description="Channels in which the commands of moderation are not to be used."
    )
    immune_roles: tuple[RoleId, ...] = Field(
        default=(), max_length=50, description="Roles whose members are never punished."
    )
    warning_steps: tuple[LadderStep, ...] = Field(
        default=(),
        max_length=20,
        description="What follows when warnings add up, one step a line, such as `3 in 30d = timeout 1h`.",
    )
    warning_decay: Duration | None = Field(
        default=timedelta(days=30), description="How long a warning counts towards these steps; nothing: for good."
    )
    has_appeal_button: bool = Field(
        default=False, description="Whether messages to those who are punished have a button to appeal."
    )
