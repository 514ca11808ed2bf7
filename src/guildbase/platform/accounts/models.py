"""Who signs in, with what, and what was refused. No token stands here that opens anything by itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, func
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.time_ids import new_time_id
from guildbase.database.base import Base
from guildbase.database.encryption import Secret, encrypted
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import DELETE_ROW, FOR_OPERATORS, NOT_PERSONAL, PSEUDONYMISE, cleared, column_info, kept
from guildbase.database.types import (
    Snowflake,
    document_field,
    optional_snowflake,
    snowflake,
    snowflake_key,
    surrogate_key,
    text_field,
    uuid_key,
)
from guildbase.database.upkeep.retention import kept_for

DIGEST = 64
"""Characters of a SHA-256 in hexadecimal."""
MAX_BROWSER = 200
MAX_PATH = 500
MAX_KEY_NAME = 60
MAX_ADDRESS = 45
WHERE_IT_HAPPENED = kept("What was refused must stay readable for its term, and nobody may remove it from the log.")


def _now_column() -> Any:
    return Field(default_factory=utcnow, sa_type=UTCDateTime, sa_column_kwargs={"server_default": func.now()})


class WebUser(TimestampMixin, CRUDMixin, Base, table=True):
    """An account that has signed in to the dashboard, as Discord described it then."""

    user_id: Snowflake = snowflake_key(foreign_key="discord_user.user_id", privacy=DELETE_ROW)
    username: str = text_field(max_length=100, privacy=cleared("user_id"))
    name: str = text_field(max_length=100, privacy=cleared("user_id"))
    avatar: str | None = text_field(default=None, max_length=100, privacy=cleared("user_id"))
    email: Secret | None = encrypted(max_length=320, default=None, privacy=cleared("user_id"))
    """Empty unless the operator asks for it."""
    last_login_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    is_active: bool = True
    """Whether they may sign in."""


class WebSessionRow(Base, table=True):
    """One login of a browser. Its token is known to the browser alone."""

    __tablename__ = "web_session"  # type: ignore[assignment]
    __table_args__ = (Index("ix_web_session_user_id", "user_id"), {"info": kept_for(366, by="created_at")})

    session_id: UUID = uuid_key()
    digest: str = Field(max_length=DIGEST, unique=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    user_id: Snowflake = snowflake(privacy=DELETE_ROW)
    created_at: datetime = _now_column()
    seen_at: datetime = _now_column()
    address: str | None = text_field(default=None, max_length=MAX_ADDRESS, privacy=cleared("user_id"))
    browser: str = text_field(default="", max_length=MAX_BROWSER, privacy=cleared("user_id"))


class DiscordToken(Base, table=True):
    """What Discord gave us to ask for a person's servers."""

    __table_args__ = (CheckConstraint("version > 0", name="version_positive"),)

    user_id: Snowflake = snowflake_key(foreign_key="web_user.user_id", privacy=DELETE_ROW)
    access_token: Secret = encrypted(max_length=500, privacy=NOT_PERSONAL)
    refresh_token: Secret = encrypted(max_length=500, privacy=NOT_PERSONAL)
    scopes: str = text_field(max_length=200, privacy=NOT_PERSONAL)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    version: int = Field(default=1, ge=1)
    """Rises with every refresh."""


class LoginAttempt(Base, table=True):
    """A person is at Discord's consent page. The row goes with the first answer, and opens only to the same browser."""

    __table_args__ = ({"info": kept_for(1, by="expires_at")},)

    digest: str = Field(max_length=DIGEST, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    """Of the state."""
    browser: str = text_field(max_length=DIGEST, privacy=NOT_PERSONAL)
    """Digest of the cookie that the browser was given."""
    next_path: str = text_field(max_length=MAX_PATH, privacy=NOT_PERSONAL)
    expires_at: datetime = Field(sa_type=UTCDateTime)


class ApiKey(Base, table=True):
    """A key for programs: of a guild, or of the operator. The key itself is stored nowhere."""

    __table_args__ = (
        CheckConstraint("scopes >= 0", name="scopes_not_negative"),
        Index("ix_api_key_guild_id", "guild_id", "number"),
        Index("ix_api_key_created_by", "created_by"),
    )

    number: int | None = surrogate_key()
    prefix: str = Field(max_length=20, unique=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    digest: str = text_field(max_length=DIGEST, privacy=NOT_PERSONAL)
    name: str = text_field(min_length=1, max_length=MAX_KEY_NAME, privacy=cleared("created_by"))
    scopes: int = Field(default=0, ge=0)
    """Bits of `core.rights.Right`."""
    guild_id: Snowflake | None = Field(
        default=None,
        sa_type=BigInteger,
        foreign_key="guild.guild_id",
        ondelete="CASCADE",
        sa_column_kwargs=column_info(NOT_PERSONAL),
    )
    is_active: bool = True
    created_by: Snowflake | None = optional_snowflake(privacy=DELETE_ROW)
    """The person whose rights it is bound to; none if the operator's own key made it."""
    created_by_name: str = text_field(default="", max_length=100, privacy=cleared("created_by"))
    created_at: datetime = _now_column()
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    replaced_by: int | None = Field(default=None, sa_type=BigInteger, sa_column_kwargs=column_info(NOT_PERSONAL))
    """Number of the key that took its place."""


class AdminUser(Base, table=True):
    """Somebody who may sign in without Discord, on the developer's own machine."""

    name: str = Field(min_length=1, max_length=60, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    user_id: Snowflake = snowflake(privacy=DELETE_ROW)
    digest: str = text_field(max_length=DIGEST, privacy=NOT_PERSONAL)
    created_at: datetime = _now_column()


class SecurityEvent(Base, table=True):
    """Something that matters to security. Rows are added and, in time, thrown away; the database refuses changes.

    Only what leads to a person can be emptied: by erasure, and the address after its term.
    """

    __table_args__ = (
        Index("ix_security_event_kind", "kind", "event_id"),
        Index("ix_security_event_user", "user_id", "event_id"),
        Index("ix_security_event_guild", "guild_id", "event_id"),
        {
            "postgresql_partition_by": "RANGE (event_id)",
            # Whoever owns a server is not told from which address somebody was refused.
            "info": {FOR_OPERATORS: True, **kept_for("security_event_retention_days", by="created_at")},
        },
    )

    event_id: UUID = Field(default_factory=new_time_id, primary_key=True, sa_column_kwargs={"default": new_time_id})
    kind: str = text_field(max_length=40, privacy=NOT_PERSONAL)
    user_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    guild_id: Snowflake | None = optional_snowflake(privacy=WHERE_IT_HAPPENED)
    key_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_kwargs=column_info(NOT_PERSONAL))
    address: str | None = text_field(default=None, max_length=MAX_ADDRESS, privacy=cleared("user_id"))
    route: str = text_field(default="", max_length=200, privacy=NOT_PERSONAL)
    details: dict[str, Any] = document_field(privacy=cleared("user_id"))
    correlation_id: str | None = text_field(default=None, max_length=64, privacy=NOT_PERSONAL)
    created_at: datetime = _now_column()
