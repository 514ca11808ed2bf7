"""What tables have in common: time stamps, soft deletion, who wrote it, standard operations, Discord ids."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import ValidationError
from sqlalchemy import BigInteger, ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.snowflake import check_snowflake
from guildbase.database.types import Snowflake


class TimestampMixin(SQLModel):
    """`created_at` and `updated_at`, aware UTC, kept by the ORM with server defaults for other writers."""

    created_at: datetime = Field(
        default_factory=utcnow, sa_type=UTCDateTime, nullable=False, sa_column_kwargs={"server_default": func.now()}
    )
    updated_at: datetime = Field(
        default_factory=utcnow,
        sa_type=UTCDateTime,
        nullable=False,
        sa_column_kwargs={"server_default": func.now(), "onupdate": utcnow},
    )


class SoftDeleteMixin(SQLModel):
    """A deleted row stays and is left out of every SELECT unless `include_deleted` asks for it."""

    deleted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    deleted_by: Snowflake | None = Field(default=None, sa_type=BigInteger)

    @property
    def is_deleted(self) -> bool:
        """Whether the row is deleted."""
        return self.deleted_at is not None

    def soft_delete(self, by: int | None = None) -> None:
        """Mark the row as deleted, by whom if known."""
        self.deleted_by = by
        self.deleted_at = utcnow()

    def restore(self) -> None:
        """Undo the deletion."""
        self.deleted_at = None
        self.deleted_by = None


class AuditMixin(SQLModel):
    """Who made and last changed the row; the unit of work fills both in from its caller."""

    created_by: Snowflake | None = Field(default=None, sa_type=BigInteger)
    updated_by: Snowflake | None = Field(default=None, sa_type=BigInteger)


class DiscordIDMixin(SQLModel):
    """Checks Discord ids."""

    @staticmethod
    def validate_snowflake(value: int) -> int:
        """Return the id; raise ValueError when no Discord object can have it."""
        return check_snowflake(value)


class CRUDMixin(SQLModel):
    """The standard operations. They flush and never commit: only the unit of work does."""

    MAX_PAGE: ClassVar[int] = 200

    @classmethod
    async def create(cls, session: AsyncSession, **values: Any) -> Self:
        """Add one row; ValidationError before any database work if a value is wrong."""
        row = cls(**values)
        session.add(row)
        await session.flush()
        return row

    @classmethod
    async def get_by_id(cls, session: AsyncSession, key: Any, *, include_deleted: bool = False) -> Self | None:
        """Return the row with this primary key (a tuple for composite keys), or None."""
        return await session.get(cls, key, execution_options={"include_deleted": include_deleted})

    @classmethod
    async def get(cls, session: AsyncSession, *conditions: ColumnElement[bool]) -> Self | None:
        """Return the one row that meets all conditions, or None."""
        return (await session.execute(select(cls).where(*conditions))).scalar_one_or_none()

    @classmethod
    async def get_multi(
        cls,
        session: AsyncSession,
        *conditions: ColumnElement[bool],
        order_by: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]] = (),
        limit: int = 50,
    ) -> list[Self]:
        """Return up to `limit` (at most 200) rows that meet all conditions, in the given order."""
        statement = select(cls).where(*conditions).order_by(*order_by).limit(min(max(limit, 0), cls.MAX_PAGE))
        return list((await session.execute(statement)).scalars())

    @classmethod
    async def count(cls, session: AsyncSession, *conditions: ColumnElement[bool]) -> int:
        """Return how many rows meet all conditions."""
        statement = select(func.count()).select_from(cls).where(*conditions)
        return int((await session.execute(statement)).scalar_one())

    async def update(self, session: AsyncSession, **values: Any) -> Self:
        """Change fields of this row; ValidationError leaves all of them as they were."""
        before = {name: getattr(self, name) for name in values}
        try:
            for name, value in values.items():
                setattr(self, name, value)
        except ValidationError:
            for name, value in before.items():
                setattr(self, name, value)
            raise
        await session.flush()
        return self

    async def delete(self, session: AsyncSession) -> None:
        """Remove this row from the table for good."""
        await session.delete(self)
        await session.flush()
