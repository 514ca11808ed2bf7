"""Audit rows of one year, made by the server itself, so that millions take seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg  # type: ignore[import-untyped]

from guildbase.core.time_ids import first_time_id
from guildbase.database.upkeep.partitions import next_month

YEAR = 2026
MONTHS = [datetime(YEAR, month, 1, tzinfo=UTC) for month in range(1, 13)]
NOW = datetime(YEAR, 12, 31, 18, tzinfo=UTC)
ACTIONS = 6
OTHER_GUILDS = 100
QUIET, BUSY = 5 << 40, 6 << 40
"""A guild with as many rows in every database, and one with a tenth of all rows."""

# The key is a UUID of version 7: milliseconds, version, variant and a number that is never given twice.
_INSERT = """
INSERT INTO {partition} (audit_id, guild_id, actor_id, actor_name, action, target_type, target_id, reason, details,
    correlation_id, created_at)
SELECT CAST(lpad(to_hex(ms), 12, '0') || '70008' || lpad(to_hex(n), 15, '0') AS uuid), {guild},
    4300000 + n % 50, 'moderator ' || n % 50, 'moderation.action' || n % {actions}, 'user', 8700000 + n % 5000,
    'a reason of the usual length, number ' || n, jsonb_build_object('case', n), lpad(to_hex(n), 12, '0'),
    to_timestamp(ms / 1000.0)
FROM (
    SELECT {first} + row_number AS n, {begin} + CAST(row_number * ({end} - {begin} - 1) / {rows} AS bigint) AS ms
    FROM generate_series(1, {rows}) AS row_number
) AS made
"""
_ROLL_UP = """
INSERT INTO audit_day SELECT guild_id, CAST(timezone('UTC', created_at) AS date), action, count(*)
FROM audit_entry WHERE audit_id < $1 GROUP BY 1, 2, 3 ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class LogRows:
    """Rows of one guild or of several."""

    guild: str
    """The SQL of the guild's id, which may speak of the row's number `n`."""
    a_month: int
    made: int
    """The number of the last row that was made; no two kinds of rows may come to the same one."""


async def fill(
    connection: asyncpg.Connection, *, quiet: int = 0, others: int = 0, months: list[datetime] = MONTHS
) -> None:
    """Store so many rows of the quiet guild and of all others, spread over the months, and count the days."""
    spread = f"CASE WHEN n % 10 = 0 THEN {BUSY} ELSE (n % {OTHER_GUILDS} + 1) << 24 END"
    # Numbers of the quiet guild's rows do not depend on how many others there are.
    wanted = LogRows(str(QUIET), quiet // len(months), 0), LogRows(spread, others // len(months), 1 << 40)
    await store(connection, wanted, months)
    await connection.execute(_ROLL_UP, first_time_id(NOW.replace(hour=0)))
    await connection.execute("VACUUM ANALYZE audit_entry")
    await connection.execute("VACUUM ANALYZE audit_day")


async def store(connection: asyncpg.Connection, wanted: Sequence[LogRows], months: list[datetime]) -> None:
    """Store the rows of each month in a partition, which must not be there yet."""
    for month in months:
        partition, end = f"audit_entry_{month:%Y_%m}", next_month(month)
        await connection.execute(f"CREATE TABLE {partition} (LIKE audit_entry INCLUDING DEFAULTS)")
        for part in wanted:
            if part.a_month:
                await connection.execute(
                    _INSERT.format(
                        partition=partition, guild=part.guild, actions=ACTIONS, rows=part.a_month, first=part.made,
                        begin=int(month.timestamp() * 1000), end=int(end.timestamp() * 1000),
                    ),
                    timeout=600,
                )  # fmt: skip
                part.made += part.a_month
        # The indexes are made here, of all rows at once.
        await connection.execute(
            f"ALTER TABLE audit_entry ATTACH PARTITION {partition}"
            f" FOR VALUES FROM ('{first_time_id(month)}') TO ('{first_time_id(end)}')",
            timeout=600,
        )
