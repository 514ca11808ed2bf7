"""The table of erasures: those under way, and of those that are done only when and how much."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import UniqueConstraint, func
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin
from guildbase.database.privacy import NOT_PERSONAL, kept
from guildbase.database.types import Snowflake, document_field, enum_type, optional_snowflake

UNTIL_DONE = kept("An erasure must know whom it is about; both numbers are removed when it is done.")


class ErasureScope(StrEnum):
    """Whose data is erased."""

    USER = "user"
    GUILD = "guild"


class ErasureRequest(CRUDMixin, Base, table=True):
    """One erasure. When it is done, nothing in the row tells whom it was about."""

    __table_args__ = (UniqueConstraint("scope", "subject_id"),)  # One at a time for the same person.

    request_key: UUID = Field(default_factory=uuid4, primary_key=True)
    scope: ErasureScope = Field(sa_type=enum_type(ErasureScope, "erasure_scope"))
    subject_id: Snowflake | None = optional_snowflake(privacy=UNTIL_DONE)
    pseudonym: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    is_sweep: bool = False
    """Whether it only clears up after a guild that was left, and ends if the guild is back."""
    steps_done: int = Field(default=0, ge=0)
    treated: dict[str, int] = document_field(privacy=NOT_PERSONAL)
    """Number of rows by "table: treatment"."""
    requested_at: datetime = Field(
        default_factory=utcnow, sa_type=UTCDateTime, sa_column_kwargs={"server_default": func.now()}
    )
    not_before: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Until when the person can take it back; None if it is carried out at once."""
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
