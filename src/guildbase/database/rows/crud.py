"""The standard operations of a model. They flush and never commit: only the unit of work does."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.database.rows.filters import equal_to
from guildbase.database.rows.pagination import Keyset, Order, Page
from guildbase.database.rows.soft_delete import INCLUDE_DELETED, SoftDeleteMixin, deleted_only, is_gone
from guildbase.database.rows.stamps import ACTOR
from guildbase.database.rows.upsert import insert_rows, upsert_statement
from guildbase.database.rows.validation import InvalidRow

if TYPE_CHECKING:
    from guildbase.database.base import Base as _Row
else:
    _Row = SQLModel


class CRUDMixin(_Row):
    """`create`, `get`, `get_by_id`, `get_multi`, `get_page`, `count`, `update`, `delete`, and the same for many rows.

    Conditions are SQLAlchemy's, or field names with the value wanted: `Keeper.get_multi(session, name="Kim")`.
    Soft-deleted rows are left out, unless `include_deleted` or `only_deleted` asks for them.
    """

    MAX_PAGE: ClassVar[int] = 200

    @classmethod
    async def create(cls, session: AsyncSession, **values: Any) -> Self:
        """Add one row; InvalidRow before any database work if a value is wrong."""
        row = cls(**values)
        session.add(row)
        await session.flush()
        return row

    @classmethod
    async def get_by_id(cls, session: AsyncSession, key: Any, *, include_deleted: bool = False) -> Self | None:
        """Return the row with this primary key (a tuple for composite keys), or None; no row has an impossible key."""
        parts = key if isinstance(key, tuple) else (key,)
        names = [column.key for column in cls.__table__.primary_key.columns]
        try:
            checked = cls.validated_change(dict(zip(names, parts, strict=True)))
        except InvalidRow:
            return None
        if None in checked.values():
            return None
        row = await session.get(cls, tuple(checked.values()), execution_options={INCLUDE_DELETED: include_deleted})
        # A row that the session holds already comes without a SELECT, so the filter has not seen it.
        return None if is_gone(row) and not include_deleted else row

    @classmethod
    async def get(cls, session: AsyncSession, *conditions: ColumnElement[bool], **equal: Any) -> Self | None:
        """Return the one row that meets all conditions, or None; MultipleResultsFound if there are more."""
        statement = cls._select(conditions, equal).limit(2)
        return (await session.execute(statement)).scalar_one_or_none()

    @classmethod
    async def get_multi(
        cls,
        session: AsyncSession,
        *conditions: ColumnElement[bool],
        order_by: Sequence[Order] = (),
        limit: int = 50,
        include_deleted: bool = False,
        only_deleted: bool = False,
        **equal: Any,
    ) -> list[Self]:
        """Return up to `limit` (at most 200) rows that meet all conditions, in the given order."""
        statement = cls._select(conditions, equal, include_deleted, only_deleted)
        bounded = statement.order_by(*order_by).limit(min(max(limit, 0), cls.MAX_PAGE))
        return list((await session.execute(bounded)).scalars())

    @classmethod
    async def get_page(
        cls,
        session: AsyncSession,
        *conditions: ColumnElement[bool],
        order_by: Sequence[Order] = (),
        limit: int = 50,
        after: str | None = None,
        include_deleted: bool = False,
        only_deleted: bool = False,
        **equal: Any,
    ) -> Page[Self]:
        """Return up to `limit` (at most 200) rows after the cursor, and the cursor of the next page.

        Raises:
            BadCursor: the cursor is not one of this list.
        """
        keyset = Keyset(cls, order_by)
        size = min(max(limit, 1), cls.MAX_PAGE)
        statement = cls._select(conditions, equal, include_deleted, only_deleted)
        if after is not None:
            statement = statement.where(keyset.after(after))
        # One more than asked for tells whether there is another page.
        found = list((await session.execute(statement.order_by(*keyset.order_by).limit(size + 1))).scalars())
        return Page(found[:size], keyset.cursor(found[size - 1]) if len(found) > size else None)

    @classmethod
    async def count(
        cls,
        session: AsyncSession,
        *conditions: ColumnElement[bool],
        include_deleted: bool = False,
        only_deleted: bool = False,
        **equal: Any,
    ) -> int:
        """Return how many rows meet all conditions."""
        statement = cls._select(conditions, equal, include_deleted, only_deleted)
        counting = statement.with_only_columns(func.count(), maintain_column_froms=True)
        return int((await session.execute(counting)).scalar_one())

    async def update(self, session: AsyncSession, **values: Any) -> Self:
        """Change fields of this row; InvalidRow leaves all of them as they were."""
        self.assign(values)
        await session.flush()
        return self

    async def delete(self, session: AsyncSession) -> None:
        """Delete this row: softly if the model is soft-deletable (see `purge`), else for good."""
        row: SQLModel = self
        if isinstance(row, SoftDeleteMixin):
            row.soft_delete()
        else:
            await session.delete(self)
        await session.flush()

    @classmethod
    async def upsert(cls, session: AsyncSession, *, on: Sequence[str] = (), **values: Any) -> Self:
        """Insert the row, or change the given fields of the one with the same key; a deleted one comes back.

        `on` names the columns of another unique key than the primary one.
        """
        await session.flush()
        statement = upsert_statement(session, cls, values, on).returning(cls)
        row: Self = (await session.execute(statement, execution_options={"populate_existing": True})).scalar_one()
        return row

    @classmethod
    async def insert_many(cls, session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert all rows and return their number; InvalidRow before any database work if one is wrong."""
        await session.flush()
        await insert_rows(session, cls, rows)
        return len(rows)

    @classmethod
    async def update_many(
        cls, session: AsyncSession, *conditions: ColumnElement[bool], values: Mapping[str, Any], **equal: Any
    ) -> int:
        """Change these fields of all rows that meet the conditions, and return their number.

        A value may be an SQL expression. Refresh a row that the session holds before you read it.
        """
        plain = {name: value for name, value in values.items() if not isinstance(value, ColumnElement)}
        changes = {**values, **cls.validated_change(plain)}
        statement = update(cls).where(*cls._required(conditions, equal)).values(**changes)
        return await _changed(session, statement)

    @classmethod
    async def delete_many(cls, session: AsyncSession, *conditions: ColumnElement[bool], **equal: Any) -> int:
        """Delete all rows that meet the conditions, as `delete` does, and return their number."""
        met = cls._required(conditions, equal)
        if issubclass(cls, SoftDeleteMixin):
            marks = {"deleted_at": utcnow(), "deleted_by": session.info.get(ACTOR)}
            return await _changed(session, update(cls).where(*met).values(**marks))
        return await _changed(session, delete(cls).where(*met))

    @classmethod
    def _required(cls, conditions: Sequence[ColumnElement[bool]], equal: Mapping[str, Any]) -> list[Any]:
        met = [*conditions, *equal_to(cls, equal)]
        if not met:
            raise InvalidInput(f"Which {cls.__name__} rows? Without a condition it would be all.", hint="Name some.")
        return met

    @classmethod
    def _select(
        cls,
        conditions: Sequence[ColumnElement[bool]],
        equal: Mapping[str, Any],
        include_deleted: bool = False,
        only_deleted: bool = False,
    ) -> Select[Self]:
        statement = select(cls).where(*conditions, *equal_to(cls, equal))
        if only_deleted:
            statement = statement.where(deleted_only(cls))
        return statement.execution_options(**{INCLUDE_DELETED: include_deleted or only_deleted})


async def _changed(session: AsyncSession, statement: Any) -> int:
    result = await session.execute(statement, execution_options={"synchronize_session": "fetch"})
    return result.rowcount if isinstance(result, CursorResult) else 0
