"""What lies in the two servers whose pages are timed: cases, audit entries, reports and tickets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg  # type: ignore[import-untyped]

from benchmarks import case_rows, log_rows
from benchmarks.bulk_rows import without_indexes
from guildbase.database.upkeep.partitions import month_of

MONTHS = 6  # of audit entries, up to the last month that is over
OPEN = 10  # reports and tickets of each server that are not closed; they are the newest

_REPORTS = """
INSERT INTO report (guild_id, number, kind, state, target_id, target_name, evidence, claimed_name, closed_at, events,
    created_at, updated_at)
SELECT $1, n::int, 'message', (CASE WHEN n > $2 - $3 THEN 'open' ELSE 'closed' END)::report_state,
    $4::bigint + n % 1000 * $5, 'Terry', 'Rude words', '', CASE WHEN n <= $2 - $3 THEN now() END, 1, now(), now()
FROM generate_series(1::bigint, $2::bigint) AS n
"""
_CATEGORY = """
INSERT INTO ticket_category (guild_id, number, name, description, emoji, kind, naming, greeting, form, open_limit,
    is_archived, created_at, updated_at)
VALUES ($1, 1, 'Help', '', '', 'channel', '{category}-{number}', '', '{}', 1, false, now(), now())
"""
_TICKETS = """
INSERT INTO ticket (guild_id, number, category, opener_id, opener_name, subject, answers, kind, channel_name, state,
    priority, assignee_name, active_at, closed_at, close_reason, rating_comment, failure, transcript_note, events,
    created_at, updated_at)
SELECT $1, n::int, 1, $4::bigint + n % 1000 * $5, 'Terry', 'Where is my role?', '{}', 'channel', 'help-' || n,
    (CASE WHEN n > $2 - $3 THEN 'open' ELSE 'closed' END)::ticket_state, 'normal', '', now(),
    CASE WHEN n <= $2 - $3 THEN now() END, '', '', '', '', 1, now(), now()
FROM generate_series(1::bigint, $2::bigint) AS n
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server and how much lies in it."""

    guild_id: int
    cases: int
    people: range
    """Ids of its members; the first of them are moderators."""

    @property
    def entries(self) -> int:
        """Rows of the audit log."""
        return self.cases // 5

    @property
    def requests(self) -> int:
        """Reports, and as many tickets."""
        return self.cases // 25

    @property
    def case_rows(self) -> case_rows.CaseRows:
        """What the cases are made of."""
        person = self.people[case_rows.MODERATORS]
        return case_rows.CaseRows(self.guild_id, self.cases, person, self.people.start, self.people.step)


async def store(url: str, servers: Sequence[Server]) -> None:
    """Fill the database, and tell what was done so far."""
    connection = await asyncpg.connect(url)
    began = time.monotonic()

    def tell(count: int, rows: str) -> None:
        print(f"  {time.monotonic() - began:4.0f} s  {count:,} {rows} are stored", flush=True)

    try:
        for server in servers:
            await connection.execute("INSERT INTO guild (guild_id, joined_at) VALUES ($1, now())", server.guild_id)
        async with without_indexes(connection, "moderation_case"):
            for server in servers:
                await case_rows.store(connection, server.case_rows)
            tell(sum(server.cases for server in servers), "cases without indexes")
        tell(sum(server.cases for server in servers), "cases with indexes")
        await _store_entries(connection, servers)
        tell(sum(server.entries for server in servers), "entries of the audit log")
        for server in servers:
            await connection.execute(_CATEGORY, server.guild_id)
            for statement in (_REPORTS, _TICKETS):
                values = (server.guild_id, server.requests, OPEN, server.people.start, server.people.step)
                await connection.execute(statement, *values, timeout=600)
        await connection.execute("VACUUM ANALYZE", timeout=600)
        tell(2 * sum(server.requests for server in servers), "reports and tickets")
    finally:
        await connection.close()


async def _store_entries(connection: asyncpg.Connection, servers: Sequence[Server]) -> None:
    months, month = [], month_of(datetime.now(UTC))
    for _ in range(MONTHS):
        month = month_of(month - timedelta(days=1))
        months.append(month)
    rows = [
        log_rows.LogRows(str(server.guild_id), server.entries // MONTHS, number << 40)
        for number, server in enumerate(servers)
    ]
    await log_rows.store(connection, rows, months)
