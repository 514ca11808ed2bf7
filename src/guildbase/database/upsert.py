"""Inserts that bear a row being there already, the same on PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_for(session: AsyncSession, model: type[SQLModel]) -> Any:
    """Return the dialect's INSERT for the model, which knows ON CONFLICT."""
    return _INSERTS[session.get_bind().dialect.name](model)


async def insert_missing(session: AsyncSession, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet; the others stay as they are."""
    if rows:
        await session.execute(insert_for(session, model).values(list(rows)).on_conflict_do_nothing())
