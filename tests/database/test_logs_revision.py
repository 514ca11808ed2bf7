"""Revision 0002 keeps the audit rows, their order and their moments, up and down."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from guildbase.core.time_ids import time_of
from guildbase.database.manager import DatabaseManager
from guildbase.database.schema import migrate
from guildbase.platform.telemetry.models import AuditEntry

INSERT = """INSERT INTO audit_entry (guild_id, actor_name, action, target_type, reason, details, created_at)
VALUES (7000000, 'Mo', :action, '', 'because', '{"case": 7}', :at)"""
MOMENTS = [
    datetime(2026, 1, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(2026, 2, 1, tzinfo=UTC),
    datetime(2026, 2, 1, tzinfo=UTC),
    datetime(2026, 11, 21, 8, 30, 15, 123_456, tzinfo=UTC),
]


async def test_audit_rows_are_carried_over_in_their_order(empty_database_url: str) -> None:
    url = empty_database_url
    await asyncio.to_thread(migrate.upgrade, url, "0001")
    database = DatabaseManager(url)
    async with database.transaction() as work:
        for number, moment in enumerate(MOMENTS):
            # SQLite keeps moments as text, as the ORM writes them.
            at: Any = f"{moment:%Y-%m-%d %H:%M:%S.%f}" if database.is_sqlite else moment
            await work.session.execute(text(INSERT), {"action": f"test.a{number}", "at": at})
    await asyncio.to_thread(migrate.upgrade, url, "0002")

    async with database.read_session() as session:
        entries = (await session.execute(select(AuditEntry).order_by(col(AuditEntry.audit_id)))).scalars().all()
    assert [entry.action for entry in entries] == [f"test.a{number}" for number in range(4)]
    assert [entry.created_at for entry in entries] == MOMENTS
    for entry in entries:
        assert isinstance(entry.audit_id, UUID)
        assert entry.audit_id.version == 7
        assert abs((time_of(entry.audit_id) - entry.created_at).total_seconds()) <= 0.001
    assert entries[0].details == {"case": 7}

    await asyncio.to_thread(migrate.downgrade, url, "0001")
    numbered = text("SELECT audit_id, action FROM audit_entry ORDER BY audit_id")
    async with database.transaction() as work:
        at = "2026-11-22 00:00:00.000000" if database.is_sqlite else datetime(2026, 11, 22, tzinfo=UTC)
        await work.session.execute(text(INSERT), {"action": "test.a4", "at": at})
        found = [tuple(row) for row in await work.session.execute(numbered)]
    assert found == [(number + 1, f"test.a{number}") for number in range(5)]
    await database.close()
