"""Cases of a guild, made by the server itself, so that millions take seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg  # type: ignore[import-untyped]

A_PERSON = 50  # cases of each person, in every guild
MODERATORS = 25
CHANNELS = 40
BEGIN, DAYS = datetime(2026, 1, 1, tzinfo=UTC), 300

_INSERT = """
INSERT INTO moderation_case (guild_id, number, case_type, custom_type, state, notice, source, target_id, target_name,
    moderator_id, moderator_name, reason, is_hidden, details, created_at, updated_at)
SELECT $1, n::int, (CASE WHEN n % 10 = 0 THEN 'custom' WHEN n % 3 = 0 THEN 'timeout' ELSE 'warn' END)::case_type,
    CASE WHEN n % 10 = 0 THEN 'scam' END, (CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'confirmed' END)::case_state,
    'delivered', (CASE WHEN n % 5 = 0 THEN 'automod' ELSE 'command' END)::case_source,
    $3::bigint + (n * 7919) % ($2 / $4) * $7, 'Terry', $5::bigint + n % $6 * $7, 'Mo', 'Spam in channel ' || n % $8,
    n % 50 = 0, '{}', moment, moment
FROM (
    SELECT n, $9::timestamptz + n * ($10::interval / $2::float) AS moment
    FROM generate_series(1::bigint, $2::bigint) AS n
) AS made
"""


@dataclass(frozen=True, slots=True)
class CaseRows:
    """What a guild's cases are made of."""

    guild_id: int
    cases: int
    first_person: int
    first_moderator: int
    step: int = 1
    """What the id of one person is more than that of the one before."""


async def store(connection: asyncpg.Connection, wanted: CaseRows) -> None:
    """Store the cases of a guild that is there already."""
    await connection.execute(
        _INSERT, wanted.guild_id, wanted.cases, wanted.first_person, A_PERSON, wanted.first_moderator, MODERATORS,
        wanted.step, CHANNELS, BEGIN, timedelta(days=DAYS), timeout=1800,
    )  # fmt: skip
