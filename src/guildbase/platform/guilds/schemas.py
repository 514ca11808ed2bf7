"""What a server may set of the bot as a whole. It is stored in the columns of its `GuildConfig`."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import ChannelId, Locale, RoleId
from guildbase.platform.guilds.models import DEFAULT_LOCALE, LEVELS

COLUMNS = {
    "prefix": "prefix",
    "locale": "locale",
    "mod_log_channel": "mod_log_channel_id",
    "audit_log_channel": "audit_log_channel_id",
    **{f"level_{level}_role": f"perm_level_{level}_role_id" for level in LEVELS},
}
"""The column of each setting."""


def _check_prefix(prefix: str) -> str:
    if not prefix.isprintable():
        raise ValueError("it has characters that cannot be seen")
    return prefix


def _level_role(description: str) -> RoleId | None:
    role: RoleId | None = Field(None, description=description)
    return role


class GeneralSettings(FeatureSettings):
    """Prefix, language, log channels, and the roles of the permission levels."""

    prefix: Annotated[str, AfterValidator(_check_prefix)] = Field(
        "!", min_length=1, max_length=10, description="What text commands begin with; the operator may choose another."
    )
    locale: Locale = Field(DEFAULT_LOCALE, description="The language that the bot speaks to the whole server.")
    mod_log_channel: ChannelId | None = Field(None, description="Channel that is told what moderators do.")
    audit_log_channel: ChannelId | None = Field(None, description="Channel that is told what becomes of the bot here.")
    level_0_role: RoleId | None = _level_role("Role of level 0, which everybody has anyway.")
    level_1_role: RoleId | None = _level_role("Role of permission level 1.")
    level_2_role: RoleId | None = _level_role("Role of permission level 2.")
    level_3_role: RoleId | None = _level_role("Role of permission level 3.")
    level_4_role: RoleId | None = _level_role("Role of permission level 4.")
    level_5_role: RoleId | None = _level_role("Role of permission level 5, from which members change settings.")
    level_6_role: RoleId | None = _level_role("Role of permission level 6.")
    level_7_role: RoleId | None = _level_role("Role of permission level 7, the highest.")

    @model_validator(mode="after")
    def _one_level_a_role(self) -> Self:
        roles = (getattr(self, f"level_{level}_role") for level in LEVELS)
        twice = [role for role, count in Counter(roles).items() if role is not None and count > 1]
        if twice:
            raise ValueError(f"the role {twice[0]} cannot stand for more than one level")
        return self
