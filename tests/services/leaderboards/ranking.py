"""A table to rank by, on a registry of its own, and what must come out."""

from sqlalchemy import BigInteger, Index, MetaData, delete
from sqlalchemy.orm import registry
from sqlmodel import Field, col, select

from guildbase.database.base import NAMING, Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.types import Snowflake, snowflake_key
from guildbase.services.leaderboards import Board, Leaderboards, Place


class RankingBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    pass


class Level(RankingBase, table=True):
    __table_args__ = (Index("ix_level_rank", "guild_id", "xp", "user_id"),)

    guild_id: Snowflake = snowflake_key()
    user_id: Snowflake = snowflake_key()
    xp: int | None = Field(default=None, sa_type=BigInteger)


XP = Board("xp", guild=col(Level.guild_id), member=col(Level.user_id), score=col(Level.xp))


class Ranking:
    """Writes the table as a feature does, and knows the order without SQL."""

    def __init__(self, database: DatabaseManager, leaderboards: Leaderboards) -> None:
        self.database = database
        self.boards = leaderboards

    async def store(self, guild_id: int, scores: dict[int, int | None]) -> None:
        """Commit rows with these scores, and nothing more."""
        rows = [{"guild_id": guild_id, "user_id": member, "xp": score} for member, score in scores.items()]
        async with self.database.transaction() as work:
            members = col(Level.user_id).in_(scores)
            await work.session.execute(delete(Level).where(col(Level.guild_id) == guild_id, members))
            await work.session.execute(Level.__table__.insert(), rows)

    async def set(self, guild_id: int, scores: dict[int, int | None]) -> None:
        """Commit rows with these scores and tell the leaderboards."""
        await self.store(guild_id, scores)
        await self.boards.changed(XP, guild_id, *scores)

    async def remove(self, guild_id: int, member_id: int) -> None:
        """Delete a row and tell the leaderboards."""
        async with self.database.transaction() as work:
            found = (col(Level.guild_id) == guild_id, col(Level.user_id) == member_id)
            await work.session.execute(delete(Level).where(*found))
        await self.boards.changed(XP, guild_id, member_id)

    async def truth(self, guild_id: int) -> list[Place]:
        """Return all places, ordered here and not by a database."""
        async with self.database.read_session(fresh=True) as session:
            rows = await session.execute(select(Level.user_id, Level.xp).where(col(Level.guild_id) == guild_id))
        scored = [(-score, member) for member, score in rows if score is not None]
        return [Place(rank, member, -negated) for rank, (negated, member) in enumerate(sorted(scored), start=1)]


async def create(database: DatabaseManager) -> None:
    """Make the table."""
    async with database.engine.begin() as connection:
        await connection.run_sync(RankingBase.metadata.create_all)
