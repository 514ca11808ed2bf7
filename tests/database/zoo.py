"""Tables for these tests alone. They live on a registry of their own, so our schema never knows of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, Optional, Self, cast
from uuid import UUID

from pydantic import model_validator
from sqlalchemy import BigInteger, ForeignKeyConstraint, MetaData
from sqlalchemy.orm import QueryableAttribute, registry
from sqlmodel import Field, Relationship
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import NAMING, Base
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.manager import DatabaseManager
from guildbase.database.mixins import (
    AuditMixin,
    CRUDMixin,
    DiscordIDMixin,
    SoftDeleteMixin,
    TimestampMixin,
    VersionMixin,
)
from guildbase.database.rows.soft_delete import live_unique_index
from guildbase.database.types import (
    JsonDocument,
    Snowflake,
    enum_type,
    snowflake,
    snowflake_key,
    surrogate_key,
    uuid_key,
)

PATIENT = ConnectionOptions(pool_timeout=30, lock_timeout=30, statement_timeout=30)
"""For tests with hundreds of callers on a busy machine."""


class ZooBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    pass


class Diet(StrEnum):
    PLANTS = "plants"
    MEAT = "meat"


class Keeper(TimestampMixin, AuditMixin, CRUDMixin, DiscordIDMixin, ZooBase, table=True):
    keeper_id: Snowflake = snowflake_key()
    name: str = Field(min_length=2, max_length=8)
    fed: int = Field(default=0, ge=0)
    notes: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    animals: list["ZooAnimal"] = Relationship(
        back_populates="keeper", sa_relationship_kwargs={"lazy": "raise", "passive_deletes": True}
    )


class ZooAnimal(TimestampMixin, SoftDeleteMixin, CRUDMixin, ZooBase, table=True):
    animal_id: int | None = surrogate_key()
    keeper_id: Snowflake = Field(foreign_key="keeper.keeper_id", ondelete="CASCADE", sa_type=BigInteger)
    name: str = Field(max_length=8)
    diet: Diet = Field(default=Diet.PLANTS, sa_type=enum_type(Diet, "diet"))
    chip: Snowflake = snowflake(index=True)
    keeper: Optional["Keeper"] = Relationship(back_populates="animals", sa_relationship_kwargs={"lazy": "raise"})


class Ticket(CRUDMixin, ZooBase, table=True):
    ticket_id: int | None = surrogate_key()
    animal_id: int = Field(foreign_key="zoo_animal.animal_id", ondelete="CASCADE", sa_type=BigInteger)
    animal: Optional["ZooAnimal"] = Relationship(sa_relationship_kwargs={"lazy": "joined"})


class Visit(VersionMixin, CRUDMixin, ZooBase, table=True):
    visit_id: UUID = uuid_key()
    visitors: int = Field(ge=0)
    rating: float = 0.0
    story: str = ""
    came_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)


class Shift(CRUDMixin, ZooBase, table=True):
    """A model that also checks its row as a whole."""

    shift_id: int | None = surrogate_key()
    begin: int = Field(ge=0)
    end: int = Field(ge=0)

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.end <= self.begin:
            raise ValueError("it ends before it begins")
        return self


class Enclosure(CRUDMixin, ZooBase, table=True):
    guild_id: Snowflake = snowflake_key()
    name: str = Field(primary_key=True, max_length=20)
    beds: int = Field(default=1, gt=0)


class Tag(SoftDeleteMixin, CRUDMixin, ZooBase, table=True):
    __table_args__ = (live_unique_index("uq_tag_label", "guild_id", "label"),)

    guild_id: Snowflake = snowflake_key()
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    label: str = Field(max_length=20)


class EnclosureTag(CRUDMixin, ZooBase, table=True):
    """Which tags an enclosure has; sharing `guild_id` keeps both sides in one guild."""

    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "enclosure"], ["enclosure.guild_id", "enclosure.name"], ondelete="CASCADE"),
        ForeignKeyConstraint(["guild_id", "tag"], ["tag.guild_id", "tag.number"], ondelete="CASCADE"),
    )

    guild_id: Snowflake = snowflake_key()
    enclosure: str = Field(primary_key=True, max_length=20)
    tag: int = Field(primary_key=True, gt=0)


def relation(attribute: object) -> QueryableAttribute[Any]:
    """Name a relationship for `selectinload`; its annotation is the type of the loaded rows."""
    return cast("QueryableAttribute[Any]", attribute)


@asynccontextmanager
async def opened(database_url: str, options: ConnectionOptions = PATIENT) -> AsyncIterator[DatabaseManager]:
    """Give access to the database with the zoo's tables in it."""
    manager = DatabaseManager(database_url, options)
    async with manager.engine.begin() as connection:
        await connection.run_sync(ZooBase.metadata.create_all)
    yield manager
    await manager.close()
