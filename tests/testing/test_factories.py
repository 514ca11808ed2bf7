"""The factories make valid rows of every model, the same ones from the same seed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import AfterValidator, StringConstraints
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Table, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import Field

from guildbase.core.crypto import Keyring
from guildbase.core.registry import FeatureRegistry
from guildbase.database.base import NAMING, Base
from guildbase.database.encryption import encrypted
from guildbase.database.manager import DatabaseManager
from guildbase.database.mixins import SoftDeleteMixin
from guildbase.database.secret import Secret
from guildbase.database.types import Snowflake, enum_type, optional_snowflake, snowflake_key
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.guilds.models import Guild, GuildConfig
from guildbase.services.tables import all_tables
from guildbase.testing.factories import CannotMake, Factory, fill_every_table
from guildbase.testing.values import NO_VALUE
from tests.factories import new_id


def _only_seven(value: str) -> str:
    if value != "seven":
        raise ValueError("only seven will do")
    return value


class Colour(StrEnum):
    """Of a toy."""

    RED = "red"
    BLUE = "blue"
    GREEN = "green"


class ToyBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Keeps these tables off Guildbase's own list."""


class ToyBox(ToyBase, table=True):
    """Where toys are kept; boxes stand in boxes."""

    __tablename__ = "factory_toy_box"  # type: ignore[assignment]

    box_id: int | None = Field(default=None, primary_key=True)
    inside_id: int | None = Field(default=None, foreign_key="factory_toy_box.box_id")


class Toy(SoftDeleteMixin, ToyBase, table=True):
    """One of every kind of column."""

    __tablename__ = "factory_toy"  # type: ignore[assignment]

    toy_id: Snowflake = snowflake_key()
    box_id: int | None = Field(default=None, foreign_key="factory_toy_box.box_id")
    owner_id: Snowflake | None = optional_snowflake()
    colour: Colour = Field(sa_type=enum_type(Colour, "factory_colour"))
    code: str = Field(max_length=3)
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[A-Z]{2}$")] = Field(max_length=10)
    amount: int = Field(ge=0, le=1)
    weight: float
    price: Decimal = Field(max_digits=12, decimal_places=2)
    is_new: bool
    bought_at: datetime
    lasts: timedelta
    picture: bytes
    serial: UUID
    note: str = Field(default="", max_length=50)
    secret: Secret = encrypted(max_length=40)


class Odd(ToyBase, table=True):
    """A row that only its author can make."""

    __tablename__ = "factory_odd"  # type: ignore[assignment]

    odd_id: int = Field(primary_key=True, sa_type=BigInteger)
    word: Annotated[str, AfterValidator(_only_seven)]


toys_in_boxes = Table(
    "factory_toys_in_boxes",
    ToyBase.metadata,
    Column("toy_id", BigInteger, ForeignKey("factory_toy.toy_id"), primary_key=True),
    Column("box_id", Integer, ForeignKey("factory_toy_box.box_id"), primary_key=True),
    Column("note", String(20), nullable=False),
)


@pytest.fixture
async def toys(guildbase_empty_database_url: str, guildbase_keyring: Keyring) -> AsyncIterator[DatabaseManager]:
    """A database with the tables of this file alone."""
    manager = DatabaseManager(guildbase_empty_database_url, keyring=guildbase_keyring)
    async with manager.engine.begin() as connection:
        await connection.run_sync(ToyBase.metadata.create_all)
    yield manager
    await manager.close()


async def _rows(session: AsyncSession, features: FeatureRegistry, seed: int) -> dict[str, Any]:
    await fill_every_table(session, features, seed=seed)
    return {table.name: (await session.execute(select(table))).mappings().all() for table in all_tables(features)}


async def test_every_table_is_filled(
    guildbase_rolled_back_database: DatabaseManager, guildbase_features: FeatureRegistry
) -> None:
    async with guildbase_rolled_back_database.transaction() as work:
        counts = await fill_every_table(work.session, guildbase_features, rows=2)
    assert set(counts) == {table.name for table in all_tables(guildbase_features)}
    assert all(count >= 2 for count in counts.values()), counts


async def test_no_column_is_left_empty_but_those_of_deletion_and_of_parents(
    guildbase_session: AsyncSession, guildbase_features: FeatureRegistry
) -> None:
    filled = await _rows(guildbase_session, guildbase_features, seed=3)
    for table in all_tables(guildbase_features):
        rows = filled[table.name]
        optional = [column.name for column in table.columns if column.nullable and not column.foreign_keys]
        empty = {name for name in optional if all(row[name] is None for row in rows)}
        assert empty <= set(SoftDeleteMixin.model_fields), table.name


async def _made(database: DatabaseManager, seed: int) -> tuple[int, int, str]:
    with suppress(_Undo):
        async with database.transaction() as work:
            case = await Factory(work.session, seed=seed).make(ModerationCase)
            raise _Undo
    return case.guild_id, case.target_id, case.reason


class _Undo(Exception):
    pass


async def test_the_same_seed_makes_the_same_values(guildbase_rolled_back_database: DatabaseManager) -> None:
    first = await _made(guildbase_rolled_back_database, seed=7)
    assert await _made(guildbase_rolled_back_database, seed=7) == first
    assert await _made(guildbase_rolled_back_database, seed=8) != first


async def test_what_is_given_stays_and_what_it_needs_is_made_once(guildbase_session: AsyncSession) -> None:
    make, guild_id = Factory(guildbase_session).make, new_id()
    first = await make(ModerationCase, guild_id=guild_id, reason="spam")
    second = await make(ModerationCase, guild_id=guild_id)
    assert (first.reason, first.guild_id, second.guild_id) == ("spam", guild_id, guild_id)
    assert first.number != second.number
    assert await Guild.count(guildbase_session) == 1


async def test_defaults_of_the_model_stay(guildbase_session: AsyncSession) -> None:
    factory = Factory(guildbase_session)
    config = await factory.make_complete(GuildConfig)
    assert config.locale == "en-US"
    assert config.mod_log_channel_id is not None
    assert (await factory.make(GuildConfig)).mod_log_channel_id is None


async def test_one_id_can_be_planted_in_every_row(
    guildbase_session: AsyncSession, guildbase_features: FeatureRegistry
) -> None:
    planted = new_id()

    def choose(column: Column[Any]) -> Any:
        if column.name == "state" and column.table.name == "raid":
            return "ended"  # A guild has one raid at a time.
        return planted if column.name == "guild_id" else NO_VALUE

    await fill_every_table(guildbase_session, guildbase_features, choose=choose)
    assert await Guild.count(guildbase_session) == 1
    for table in all_tables(guildbase_features):
        if "guild_id" in table.c:
            assert set((await guildbase_session.execute(select(table.c.guild_id))).scalars()) == {planted}, table.name


async def test_every_kind_of_column_gets_a_value_that_the_model_takes(toys: DatabaseManager) -> None:
    async with toys.transaction() as work:
        make = Factory(work.session, seed=1)
        toy = await make.make_complete(Toy)
        plain = await make.make(Toy)
    assert toy.colour in Colour
    assert len(toy.code) <= 3
    assert toy.locale == "en-US"
    assert toy.bought_at.tzinfo is UTC
    assert (toy.note != "", plain.note) == (True, "")
    assert (toy.box_id is not None, plain.box_id) == (True, None)
    assert (toy.deleted_at, plain.owner_id) == (None, None)
    async with toys.read_session() as session:
        stored = await session.get(Toy, toy.toy_id)
        assert stored is not None
        assert stored.secret.get_secret_value().startswith("secret")


async def test_a_table_without_a_model_is_filled_too(toys: DatabaseManager) -> None:
    # Such as the table between two others of a relationship from many to many.
    async with toys.transaction() as work:
        await Factory(work.session).fill(toys_in_boxes)
        (row,) = (await work.session.execute(select(toys_in_boxes))).all()
        assert await work.session.get(Toy, row.toy_id) is not None
        assert await work.session.get(ToyBox, row.box_id) is not None


async def test_parents_without_a_model_must_be_there(toys: DatabaseManager) -> None:
    nobodys = Table("nobodys", MetaData(), Column("number", Integer, primary_key=True))
    child = Table("child", nobodys.metadata, Column("number", Integer, ForeignKey(nobodys.c.number)))
    async with toys.transaction() as work:
        with pytest.raises(CannotMake, match="nobodys has no model"):
            await Factory(work.session).fill(child)


async def test_a_row_that_cannot_be_made_up_names_the_field(toys: DatabaseManager) -> None:
    async with toys.transaction() as work:
        with pytest.raises(CannotMake, match=r"factory_odd\.word.*Give it: make\(\.\.\., word=\.\.\.\)"):
            await Factory(work.session).make(Odd)
        with pytest.raises(CannotMake, match=r"Give the value: make\(Odd"):
            await Factory(work.session).make(Odd, word="eight")
        assert (await Factory(work.session).make(Odd, word="seven")).odd_id > 0
