"""The table of who may use a guild's dashboard, and for what."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, PSEUDONYMISE, cleared
from guildbase.database.types import Snowflake, enum_type, optional_snowflake, snowflake, snowflake_key, text_field

MAX_REASON = 300


class HolderKind(StrEnum):
    """Who holds a grant."""

    USER = "user"
    ROLE = "role"


class GrantSource(StrEnum):
    """How a grant came to be."""

    INSTALLER = "installer"
    """For whoever brought the bot into the guild."""
    OWNER = "owner"
    """For the guild's owner, where nobody knows who brought the bot; it moves with the ownership."""
    GIVEN = "given"
    """By somebody who may give it: the guild's owner, or whoever holds the grant that it hangs on."""
    OPERATOR = "operator"
    """By the operator's API key."""


class AccessGrant(TimestampMixin, CRUDMixin, Base, table=True):
    """Rights of a person or of a role; it hangs on the grant of whoever gave it, and goes with that one."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("rights > 0", name="rights_not_empty"),
        ForeignKeyConstraint(
            ["guild_id", "parent"],
            ["access_grant.guild_id", "access_grant.number"],
            name="fk_access_grant_parent",
            ondelete="CASCADE",
        ),
        Index("ix_access_grant_parent", "guild_id", "parent"),
        Index("ix_access_grant_holder", "holder_id"),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    holder_kind: HolderKind = Field(sa_type=enum_type(HolderKind, "holder_kind"))
    holder_id: Snowflake = snowflake(privacy=DELETE_ROW)
    rights: int = Field(gt=0)
    """Bits of `core.rights.Right`."""
    parent: int | None = None
    """Number of the grant that it hangs on; none if it was given in the name of the guild or of the operator."""
    source: GrantSource = Field(sa_type=enum_type(GrantSource, "grant_source"))
    given_by_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("given_by_id"))
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    is_away: bool = False
    """Whether the person has left the guild, so that neither this nor what hangs on it has an effect for now."""
