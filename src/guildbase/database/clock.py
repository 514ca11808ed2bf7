"""The database's clock, which decides what is due: the processes' own clocks may differ, jump, or both."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Interval, SQLColumnExpression, String, TypeDecorator, bindparam, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core import clock

LONGEST_LEASE = timedelta(minutes=10)
"""Longer than anything in the database is held without a renewal."""


class _Offset(TypeDecorator[timedelta]):
    """A length of time as PostgreSQL adds it, and as SQLite's date functions read it."""

    impl = Interval
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else Interval())

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return f"{value.total_seconds():+.3f} seconds"


class _DatabaseNow(FunctionElement[datetime]):
    inherit_cache = True
    type = UTCDateTime()
    name = "database_now"


@compiles(_DatabaseNow, "postgresql")
def _on_postgresql(element: _DatabaseNow, compiler: Any, **options: Any) -> str:
    # The moment of the statement, not of the transaction, which may have waited for a lock.
    return f"(statement_timestamp() + {compiler.process(element.clauses, **options)})"


@compiles(_DatabaseNow, "sqlite")
def _on_sqlite(element: _DatabaseNow, compiler: Any, **options: Any) -> str:
    # Six digits after the point, as SQLAlchemy stores moments, so that they compare as text.
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {compiler.process(element.clauses, **options)}) || '000')"


def database_now(after: timedelta = timedelta(0)) -> ColumnElement[datetime]:
    """Return the moment of the statement by the database's clock, plus some time; exact to a millisecond."""
    return _DatabaseNow(bindparam("offset", after + clock.ahead, type_=_Offset(), unique=True))


def prebuilt_now() -> ColumnElement[datetime]:
    """Return the moment in a statement that is built once; each time it runs it is given `clock.ahead` as `ahead`."""
    return _DatabaseNow(bindparam("ahead", type_=_Offset()))


def has_run_out(until: SQLColumnExpression[datetime]) -> ColumnElement[bool]:
    """Return whether a lease that lasts until then is over; one from a clock that was far ahead holds nobody off."""
    return or_(until <= database_now(), until > database_now(LONGEST_LEASE))
