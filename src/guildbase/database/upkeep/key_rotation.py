"""Reads, counts and re-encrypts every value of every encrypted column, in batches, while the bot goes on writing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, bindparam, func, literal, select, tuple_, type_coerce
from sqlalchemy import update as update_table

from guildbase.core.crypto import HEADER_BYTES, Keyring
from guildbase.core.errors import GuildbaseError
from guildbase.database.encryption import context_of, encrypted_columns, index_column, index_of
from guildbase.database.manager import DatabaseManager
from guildbase.database.secret import Secret

BATCH = 500
MAX_PASSES = 5
"""How often rotation begins anew because somebody wrote with an old key meanwhile."""
_TOLD = 5

Progress = Callable[[str, int], None]
"""Told the column and by how many values it went on."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How many values of one column a key encrypted."""

    column: str
    key_id: int
    values: int


@dataclass
class Outcome:
    """What a walk over all values did and met."""

    values: int = 0
    """Values that were read, or re-encrypted."""
    unreadable: int = 0
    places: list[str] = field(default_factory=list)
    """Where the first unreadable ones are, and why."""

    def refused(self, column: Column[Any], row: Mapping[str, Any], reason: GuildbaseError) -> None:
        """Count a value that cannot be read; it stays as it is."""
        self.unreadable += 1
        if len(self.places) < _TOLD:
            key = ", ".join(f"{part.name}={row[part.name]}" for part in column.table.primary_key.columns)
            self.places.append(f"{column} of {key}: {reason.message}")


async def key_uses(database: DatabaseManager, tables: Iterable[Table]) -> list[KeyUse]:
    """Return how many values each key encrypted, by column; it reads every row."""
    uses: list[KeyUse] = []
    for column in _columns(tables):
        number = func.substr(_raw(column), 2, HEADER_BYTES - 1, type_=LargeBinary)
        statement = select(number, func.count()).where(column.is_not(None)).group_by(number)
        async with database.read_session(fresh=True) as session:
            rows = (await session.execute(statement)).all()
        uses += [KeyUse(str(column), int.from_bytes(key, "big"), count) for key, count in rows]
    return sorted(uses, key=lambda use: (use.key_id, use.column))


async def check_values(database: DatabaseManager, tables: Iterable[Table], progress: Progress) -> Outcome:
    """Decrypt every value and keep none."""
    outcome = Outcome()
    for column in _columns(tables):
        async for rows in _batches(database, column, column.is_not(None)):
            for row in rows:
                if _opened(column, row, database.keyring, outcome) is not None:
                    outcome.values += 1
            progress(str(column), len(rows))
    return outcome


async def rotate(database: DatabaseManager, tables: Iterable[Table], progress: Progress) -> Outcome:
    """Encrypt every value anew that another key than the primary encrypted; killed, it goes on where it was.

    Values that cannot be read stay as they are. A value that somebody changes meanwhile stays as they wrote it.
    """
    header = database.keyring.header(database.keyring.primary)
    outcome = Outcome()
    for column in _columns(tables):
        old = func.substr(_raw(column), 1, HEADER_BYTES, type_=LargeBinary) != literal(header, LargeBinary)
        for _ in range(MAX_PASSES):
            this_pass = Outcome()
            async for rows in _batches(database, column, old):
                await _rewrite(database, column, rows, this_pass)
                progress(str(column), len(rows))
            outcome.values += this_pass.values
            if not this_pass.values:
                break
        outcome.unreadable += this_pass.unreadable
        outcome.places += this_pass.places[: _TOLD - len(outcome.places)]
    return outcome


async def _rewrite(
    database: DatabaseManager, column: Column[Any], rows: list[Mapping[str, Any]], outcome: Outcome
) -> None:
    """Write the batch in one transaction, each value only if it is still the one that was read."""
    index = index_column(column)
    new: list[dict[str, Any]] = []
    for row in rows:
        plain = _opened(column, row, database.keyring, outcome)
        if plain is None:
            continue
        values = {f"key_{part.name}": row[part.name] for part in column.table.primary_key.columns}
        sealed = database.keyring.seal(plain, context_of(column, row))
        values |= {"old": row[column.name], "new": Secret.stored(sealed)}
        if index is not None:
            values["new_index"] = index_of(column, plain.decode(), database.keyring)
        new.append(values)
    if not new:
        return
    async with database.transaction() as work:
        await (await work.session.connection()).execute(_compare_and_set(column, index), new)
    outcome.values += len(new)


def _compare_and_set(column: Column[Any], index: Column[Any] | None) -> Any:
    table = column.table
    values: dict[str, Any] = {column.name: bindparam("new", type_=column.type)}
    if index is not None:
        values[index.name] = bindparam("new_index", type_=LargeBinary)
    # Nobody changed the row's meaning, so neither its time stamp nor anything else may tell of it.
    values |= {other.name: other for other in table.columns if other.onupdate is not None}
    keys = [part == bindparam(f"key_{part.name}", type_=part.type) for part in table.primary_key.columns]
    unchanged = _raw(column) == bindparam("old", type_=LargeBinary)
    return update_table(table).where(*keys, unchanged).values(values)


async def _batches(
    database: DatabaseManager, column: Column[Any], condition: ColumnElement[bool]
) -> AsyncIterator[list[Mapping[str, Any]]]:
    """Yield the rows that meet the condition, in the order of their keys: the key and the column's bytes."""
    keys = list(column.table.primary_key.columns)
    statement = select(*keys, _raw(column).label(column.name)).where(condition).order_by(*keys).limit(BATCH)
    page = statement
    while True:
        async with database.read_session(fresh=True) as session:
            rows: list[Any] = list((await session.execute(page)).mappings().all())
        if not rows:
            return
        yield [{**row, column.name: bytes(row[column.name])} for row in rows]
        last = [literal(rows[-1][key.name], key.type) for key in keys]
        page = statement.where(tuple_(*keys) > tuple_(*last))


def _opened(column: Column[Any], row: Mapping[str, Any], keyring: Keyring, outcome: Outcome) -> bytes | None:
    try:
        return keyring.open(row[column.name], context_of(column, row))
    except GuildbaseError as reason:
        outcome.refused(column, row, reason)
        return None


def _columns(tables: Iterable[Table]) -> list[Column[Any]]:
    return [column for table in tables for column in encrypted_columns(table)]


def _raw(column: Column[Any]) -> ColumnElement[bytes]:
    """The column as the bytes that stand in it."""
    return type_coerce(column, LargeBinary)
