"""Tables that are written behind, for tests alone; they live on a registry of their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import model_validator
from sqlalchemy import BigInteger, CheckConstraint, MetaData, insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.events import EventBus
from guildbase.core.settings import Settings
from guildbase.database.base import NAMING, Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.mixins import AuditMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL
from guildbase.database.types import JsonDocument, Snowflake, snowflake, snowflake_key, text_field, uuid_key
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.services.write_behind.declared import Shape, write_behind
from guildbase.services.write_behind.service import WriteBehind


class GatheredBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    pass


class Place(GatheredBase, table=True):
    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)


class Xp(GatheredBase, table=True):
    """What levels will keep; it is about people."""

    __table_args__ = (
        CheckConstraint("messages >= 0", name="messages_not_negative"),
        {"info": write_behind(Shape.SUMS)},
    )

    guild_id: Snowflake = snowflake_key(foreign_key="place.guild_id", privacy=NOT_PERSONAL)
    user_id: Snowflake = snowflake_key(privacy=DELETE_ROW)
    xp: int = Field(default=0, sa_type=BigInteger)
    messages: int = Field(default=0)


class CheckLog(GatheredBase, table=True):
    """What an automatic check found."""

    __table_args__ = ({"info": write_behind(Shape.ROWS)},)

    check_key: UUID = uuid_key()
    guild_id: Snowflake = snowflake(privacy=NOT_PERSONAL)
    rule: str = text_field(max_length=20, privacy=NOT_PERSONAL)
    found: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    checked_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)


class NumberedLog(GatheredBase, table=True):
    """Its rows are numbered by the database."""

    __table_args__ = ({"info": write_behind(Shape.ROWS)},)

    number: int | None = Field(default=None, primary_key=True)
    text: str = text_field(max_length=20, privacy=NOT_PERSONAL)


class Pair(GatheredBase, table=True):
    """Looks at its rows as a whole."""

    __table_args__ = ({"info": write_behind(Shape.ROWS)},)

    low: int = Field(primary_key=True)
    high: int

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class Balance(AuditMixin, GatheredBase, table=True):
    """Declares what it must not."""

    __table_args__ = ({"info": write_behind(Shape.SUMS)},)

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    owner: str = text_field(max_length=20, privacy=NOT_PERSONAL)


def process(url: str, **settings: Any) -> BotServices:
    """Return what one process needs to gather rows."""
    patient = {"database_statement_timeout": 30, "database_lock_timeout": 30, "database_pool_timeout": 30}
    services, chosen = BotServices(), Settings(database_url=url, **{**patient, **settings})
    services.add(Settings, chosen)
    services.add(DatabaseManager, DatabaseManager.from_settings(chosen, events=EventBus()))
    services.add(BackgroundLoops, BackgroundLoops(services))
    services.add(WriteBehind, WriteBehind(services))
    return services


async def make_tables(database: DatabaseManager, guilds: Sequence[int]) -> None:
    """Add the tables to a migrated database, and the guilds that rows may belong to."""
    async with database.engine.begin() as connection:
        await connection.run_sync(GatheredBase.metadata.create_all)
        await connection.execute(insert(Place), [{"guild_id": guild_id} for guild_id in guilds])


async def stored_xp(database: DatabaseManager) -> dict[tuple[int, int], tuple[int, int]]:
    """Return XP and messages by guild and user."""
    async with database.read_session(fresh=True) as session:
        rows = (await session.execute(select(Xp))).scalars()
        return {(row.guild_id, row.user_id): (row.xp, row.messages) for row in rows}
