"""Millions of rows in seconds: the table's indexes and foreign keys are made after the rows, as a restore does it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]

TIMEOUT = 1800  # seconds
# Unique and primary keys, foreign keys of others that need them, and own foreign keys.
_CONSTRAINTS = """
SELECT conrelid::regclass::text AS owner, conname AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint
WHERE contype IN ('p', 'u', 'f') AND (conrelid = $1::regclass OR confrelid = $1::regclass)
ORDER BY contype = 'f' DESC
"""
_INDEXES = "SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = $1 ORDER BY 1"


@asynccontextmanager
async def without_indexes(connection: asyncpg.Connection, table: str) -> AsyncIterator[None]:
    """Take all indexes and keys of the empty table away within the block, and make them anew after it."""
    whole = await connection.fetch(_INDEXES, table)
    constraints = await connection.fetch(_CONSTRAINTS, table)
    for row in constraints:
        await connection.execute(f"ALTER TABLE {row['owner']} DROP CONSTRAINT {row['name']}")
    indexes = await connection.fetch(_INDEXES, table)
    for row in indexes:
        await connection.execute(f"DROP INDEX {row['name']}")
    yield
    await connection.execute("SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 2")
    for row in reversed(constraints):
        statement = f"ALTER TABLE {row['owner']} ADD CONSTRAINT {row['name']} {row['definition']}"
        await connection.execute(statement, timeout=TIMEOUT)
    for row in indexes:
        await connection.execute(row["definition"], timeout=TIMEOUT)
    if await connection.fetch(_INDEXES, table) != whole:
        raise AssertionError(f"{table} has other indexes than before.")
    await connection.execute(f"VACUUM ANALYZE {table}", timeout=TIMEOUT)
