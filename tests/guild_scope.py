"""Watches every statement of a test: what Guildbase asks of a guild's table must say which guild.

A statement counts as Guildbase's own by the innermost place in its code outside the database layer that led to it;
statements that a test sends by itself are nobody's concern.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import greenlet  # type: ignore[import-untyped]
from sqlalchemy import Engine, MetaData, event

import guildbase
from guildbase.database.guild_scope import is_guild_scoped

SOURCE = Path(guildbase.__file__).parent
TESTS = Path(__file__).parent
MECHANICS = ("database/", "services/controller.py", "testing/")
"""Code that sends what somebody else decided."""

ALLOWED = {
    "cli/": "the operator's tools work on the whole database",
    "platform/operations/": "the operator looks after all servers alike",
    "platform/privacy/": "a person is looked up and erased in all guilds alike",
    "services/personal_export.py": "a person is given what is kept about them in all guilds",
    "platform/telemetry/controller/audit.py:_last_rolled": "days are counted for all guilds at once",
    "platform/telemetry/jobs.py:retention": "terms are the same for all guilds",
    "platform/telemetry/controller/audit.py:roll_up": "the counts of a day are made for all guilds at once",
    "platform/telemetry/controller/usage.py:usage": "the operator is told how much is used in all guilds together",
    "features/automod/controller/rules.py:guilds_with_native": "a job mends the rules of all guilds in turn",
    "platform/accounts/controller/servers.py:_granted": "a person is shown all servers in which they were given access",
    "platform/guilds/controller.py:known_on": "a shard asks at its start which guilds the database knows",
}
"""Where Guildbase may look at all guilds, as `file:function` or `folder/`, and why."""

_TABLES = re.compile(r'\b(?:FROM|JOIN|UPDATE|,)\s+(?:ONLY\s+)?"?(\w+)"?(?:\s+AS\s+"?(\w+)"?)?', re.IGNORECASE)
_READS = re.compile(r"^\s*(?:WITH|SELECT|UPDATE|DELETE)\b", re.IGNORECASE)


class GuildWatch:
    """Notes each statement on a guild's table that would touch all guilds."""

    def __init__(self, metadata: MetaData) -> None:
        self._metadata = metadata
        self._known = 0
        self._scoped: set[str] = set()
        self.found: list[str] = []

    def begin(self) -> None:
        """Look at the statements of every engine from now on."""
        event.listen(Engine, "before_cursor_execute", self._look)

    def end(self) -> None:
        """Look no longer."""
        event.remove(Engine, "before_cursor_execute", self._look)

    def _look(self, _connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if len(self._metadata.tables) != self._known:  # A feature's models were imported meanwhile.
            self._known = len(self._metadata.tables)
            self._scoped = {name for name, table in self._metadata.tables.items() if is_guild_scoped(table)}
        open_tables = unlimited_tables(sql, self._scoped)
        if not open_tables:
            return
        place = _place_of_statement()
        if place is not None and not any(place.startswith(allowed) for allowed in ALLOWED):
            self.found.append(f"{place} reads or changes {', '.join(open_tables)} of all guilds: {sql}")


def unlimited_tables(sql: str, scoped: set[str]) -> list[str]:
    """Return the guilds' tables in the statement whose `guild_id` is compared with nothing."""
    if not _READS.match(sql):
        return []
    found = {alias or table: table for table, alias in _TABLES.findall(sql) if table in scoped}
    return [table for name, table in found.items() if not _is_limited(sql, name, alone=len(found) == 1)]


def _is_limited(sql: str, name: str, *, alone: bool) -> bool:
    column = rf'(?<![\w"])(?:"?{name}"?\.)' + ("?" if alone else "") + r"\"?\bguild_id\b\"?"
    compared = rf"{column}\s*(?:=|IN\b)|=\s*{column}|\({column},[^)]*\)\s*(?:=|IN\b)"
    conditions = re.split(r"\bWHERE\b|\bON\b", sql, maxsplit=1, flags=re.IGNORECASE)[1:]
    return any(re.search(compared, part, re.IGNORECASE) for part in conditions)


def _place_of_statement() -> str | None:
    """Return `file:function` of Guildbase's code that led to the statement, or None if a test sent it."""
    for frame in _frames():
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(TESTS) and path != Path(__file__):
            return None
        if path.is_relative_to(SOURCE):
            place = f"{path.relative_to(SOURCE).as_posix()}:{frame.f_code.co_name}"
            if not place.startswith(MECHANICS):
                return place
    return None


def _frames() -> Iterator[FrameType]:
    """Yield the calling frames from the inside out; SQLAlchemy runs drivers in a greenlet of its own."""
    frame: FrameType | None = sys._getframe(1)
    current: Any = greenlet.getcurrent()
    while frame is not None:
        yield frame
        frame = frame.f_back
        while frame is None and current.parent is not None:
            current = current.parent
            frame = current.gr_frame
