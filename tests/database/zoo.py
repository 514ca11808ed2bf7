"""Tables for these tests alone. They live on a registry of their own, so our schema never knows of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, Optional, cast

from sqlalchemy import BigInteger, MetaData
from sqlalchemy.orm import QueryableAttribute, registry
from sqlmodel import Field, Relationship

from guildbase.database.base import NAMING, Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.mixins import AuditMixin, CRUDMixin, DiscordIDMixin, SoftDeleteMixin, TimestampMixin
from guildbase.database.types import JsonDocument, Snowflake, enum_type, snowflake, snowflake_key, surrogate_key


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


def relation(attribute: object) -> QueryableAttribute[Any]:
    """Name a relationship for `selectinload`; its annotation is the type of the loaded rows."""
    return cast("QueryableAttribute[Any]", attribute)


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[DatabaseManager]:
    """Give access to the database with the zoo's tables in it."""
    manager = DatabaseManager(database_url)
    async with manager.engine.begin() as connection:
        await connection.run_sync(ZooBase.metadata.create_all)
    yield manager
    await manager.close()
