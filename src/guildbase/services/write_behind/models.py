"""How far each process has stored what it gathered, and how many erasures there were."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, func
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.privacy import NOT_PERSONAL, column_info
from guildbase.database.upkeep.retention import kept_for

ERASURES = "erasures"


class WriteBehindMark(Base, table=True):
    """The number of the last batch of a writer: a batch is stored with its number, so never twice.

    The row `erasures` counts the erasures of people; what was gathered before the last one is not stored any more.
    """

    __table_args__ = (
        CheckConstraint("number >= 0", name="number_not_negative"),
        {"info": kept_for(7, by="changed_at", only=f"writer <> '{ERASURES}'")},
    )

    writer: str = Field(max_length=120, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    number: int = Field(ge=0, sa_type=BigInteger)
    changed_at: datetime = Field(
        default_factory=utcnow, sa_type=UTCDateTime, sa_column_kwargs={"server_default": func.now()}
    )
