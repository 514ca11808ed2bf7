"""Hears which statements go to the database, to tell work that is done once from work that is done for each row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from guildbase.database.manager import DatabaseManager


@contextmanager
def heard(database: DatabaseManager, begin: str = "") -> Iterator[list[str]]:
    """Gather the statements that begin like this; a BEGIN is none."""
    statements = list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(begin) and not statement.startswith("BEGIN"):
            statements.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
