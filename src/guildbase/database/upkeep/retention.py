"""How long the rows of a table are kept; declared with the table, for the clean-up and for the data statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Table, delete, select, text, tuple_

from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager

_KEY = "retention"
BATCH = 1000
"""Rows in one transaction: few enough that nobody waits for long."""


@dataclass(frozen=True, slots=True)
class Retention:
    """The term of a table's rows."""

    days: str | int
    """Name of the setting that says how many days, or the number itself."""
    by: str
    """The column from whose moment the days are counted."""
    only: str = ""
    """SQL condition of the rows that are thrown away, such as `state = 'done'`; by default all."""

    def before(self, settings: Settings, now: datetime) -> datetime:
        """Return the moment whose earlier rows have had their time."""
        days = getattr(settings, self.days) if isinstance(self.days, str) else self.days
        return now - timedelta(days=days)


def kept_for(days: str | int, *, by: str, only: str = "", also: tuple[Retention, ...] = ()) -> dict[str, Any]:
    """Return the entry of a table's `info` that limits how long its rows are kept, some of them on `also` terms."""
    return {_KEY: (Retention(days, by, only), *also)}


def terms_of(table: Table) -> tuple[Retention, ...]:
    """Return the table's terms; without one its rows stay until somebody removes them."""
    found: tuple[Retention, ...] = table.info.get(_KEY, ())
    return found


async def remove_old_rows(database: DatabaseManager, table: Table, rule: Retention, before: datetime) -> int:
    """Delete what has had its time, in batches, and return how many rows that were."""
    column = table.c[rule.by]
    end = before.date() if isinstance(column.type, Date) else before
    conditions: list[ColumnElement[bool]] = [column < end]
    if rule.only:
        conditions.append(text(rule.only))  # type: ignore[arg-type]
    return await remove_rows(database, table, conditions)


async def remove_rows(database: DatabaseManager, table: Table, conditions: list[ColumnElement[bool]]) -> int:
    """Delete the rows that meet all conditions, a batch in each transaction."""
    key = tuple_(*table.primary_key.columns)
    some = select(*table.primary_key.columns).where(*conditions).order_by(*table.primary_key.columns).limit(BATCH)
    removed = 0
    while True:
        async with database.transaction() as work:
            result = await work.session.execute(delete(table).where(key.in_(some)))
        count: int = result.rowcount  # type: ignore[attr-defined]
        removed += count
        if count < BATCH:
            return removed
