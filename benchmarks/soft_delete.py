"""What it costs that deleted rows leave themselves out: the same query with the condition written by hand.

Two models on one table: one takes on the soft deletion, whose filter looks at every statement; the other only has the
column. Guards: both read the same rows through the same kind of session on PostgreSQL, a third of the rows is deleted,
and every answer is compared. These are costs, so less is better. Gate is the CPU time of this process.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import MetaData, insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field, col
from sqlmodel.sql.sqltypes import UTCDateTime

from benchmarks.benchmark import Benchmark
from benchmarks.callers import drive
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import durable_server
from benchmarks.verdicts import Comparison
from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.mixins import SoftDeleteMixin
from guildbase.database.types import Snowflake, optional_snowflake, snowflake_key

GUILDS = 50
TAGS = 30  # of each guild; every third is deleted
QUERIES = 300


class FilteredBase(Base, registry=registry(metadata=MetaData())):
    """A registry of its own, so that no other table is made."""


class PlainBase(Base, registry=registry(metadata=MetaData())):
    """Another one, for the same table."""


class FilteredTag(SoftDeleteMixin, FilteredBase, table=True):
    """Deleted rows leave themselves out."""

    __tablename__ = "tag"  # type: ignore[assignment]

    guild_id: Snowflake = snowflake_key()
    name: str = Field(primary_key=True, max_length=40)


class PlainTag(PlainBase, table=True):
    """Deleted rows are left out by whoever remembers."""

    __tablename__ = "tag"  # type: ignore[assignment]

    guild_id: Snowflake = snowflake_key()
    name: str = Field(primary_key=True, max_length=40)
    deleted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    deleted_by: Snowflake | None = optional_snowflake()


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with one table of tags."""
    async with durable_server() as server:
        database = DatabaseManager(await server.database())
        try:
            await _store(database)
            yield [
                Case("filtered", lambda: _read(database, FilteredTag, ())),
                Case("by hand", lambda: _read(database, PlainTag, (col(PlainTag.deleted_at).is_(None),))),
            ]
        finally:
            await database.close()


async def _store(database: DatabaseManager) -> None:
    rows = [
        {"guild_id": _guild(guild), "name": f"tag {tag:02}", "deleted_at": utcnow() if tag % 3 == 0 else None}
        for guild in range(GUILDS)
        for tag in range(TAGS)
    ]
    async with database.engine.begin() as connection:
        await connection.run_sync(FilteredBase.metadata.create_all)
        await connection.execute(insert(FilteredTag.__table__), rows)


async def _read(database: DatabaseManager, model: Any, conditions: tuple[Any, ...]) -> Sample:
    live = [f"tag {tag:02}" for tag in range(TAGS) if tag % 3]

    async def query(guild: int) -> None:
        statement = select(model).where(model.guild_id == _guild(guild), *conditions).order_by(model.name)
        async with database.read_session() as session:
            found = [tag.name for tag in (await session.execute(statement)).scalars()]
        if found != live:
            raise AssertionError("The query found other tags than those that are there.")

    return await drive([number % GUILDS for number in range(QUERIES)], query, callers=1)


def _guild(number: int) -> int:
    return (number + 1) << 30


BENCHMARK = Benchmark(
    "soft-delete",
    prepare,
    (Comparison("a query with the filter", "filtered", "by hand", Figure.CPU, Aim.COST, 1.6, 1.1),),
    rounds=9,
)
