"""The table of what a server's settings speak of and Discord no longer has."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL
from guildbase.database.types import Snowflake, document_field, enum_type, snowflake_key


class ReconciliationState(StrEnum):
    """What becomes of the things that vanished."""

    OPEN = "open"
    """Somebody should look at them."""
    SETTLED = "settled"
    """Nothing is left to do."""
    DISMISSED = "dismissed"
    """Somebody chose to leave them."""


class GuildReconciliation(Base, table=True):
    """The last check of a server in which something had vanished; a server without one has no row."""

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    found_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    state: ReconciliationState = Field(
        default=ReconciliationState.OPEN, sa_type=enum_type(ReconciliationState, "reconciliation_state")
    )
    vanished: dict[str, Any] = document_field(privacy=DELETE_ROW)
    """`things`, each with `kind`, `id` and `where`. Members may be among them; the next check makes the row anew."""

    @property
    def things(self) -> list[dict[str, Any]]:
        """What vanished, in the order of kind and id."""
        return list(self.vanished.get("things", ()))
