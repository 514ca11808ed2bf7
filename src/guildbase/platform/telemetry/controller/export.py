"""Writes a guild's audit log into a file, page by page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from guildbase.core.csv_text import csv_line
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.telemetry import rules
from guildbase.platform.telemetry.controller.audit import AuditController
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.platform.telemetry.schemas import AuditFormat, AuditOut
from guildbase.services.controller import BaseController

EXPORT = "telemetry.export"
MOST_ROWS = 100_000
"""Entries of one file; for older ones ask until the last one's time."""


class AuditExportController(BaseController):
    """Exports the audit log; the log says who took which part."""

    async def export(
        self, caller: Caller, guild_id: int, only: AuditFilter, kind: AuditFormat, *, most_rows: int = MOST_ROWS
    ) -> AsyncIterator[str]:
        """Return the parts of the file, newest entry first, once it is written down that the caller takes it.

        Raises:
            PermissionDenied: the caller may not read this guild's log.
        """
        self.services.get(AuditController).require_reader(caller, guild_id)
        asked = {name: value for name in AuditFilter.__slots__ if (value := getattr(only, name)) not in (None, ())}
        details = {"format": kind.value} | {name: _plain(value) for name, value in asked.items()}

        async def note(work: UnitOfWork) -> None:
            await self.audit(work, AuditRecord(EXPORT, guild_id, details=details))

        await self.run(caller, note)
        return self._parts(caller, guild_id, only, kind, most_rows)

    async def _parts(
        self, caller: Caller, guild_id: int, only: AuditFilter, kind: AuditFormat, left: int
    ) -> AsyncIterator[str]:
        is_csv, is_first, before = kind is AuditFormat.CSV, True, None
        yield csv_line(AuditOut.model_fields) if is_csv else f'{{"guild_id": "{guild_id}", "entries": ['
        while left > 0:
            size = min(left, rules.MAX_PAGE)
            page = await self.services.get(AuditController).entries(caller, guild_id, only, before=before, limit=size)
            rows = [_row(entry) for entry in page]
            if is_csv:
                yield "".join(csv_line(row.values()) for row in rows)
            elif rows:
                yield ("" if is_first else ",") + ",".join(f"\n{json.dumps(row, ensure_ascii=False)}" for row in rows)
            if len(page) < size:
                break
            is_first, before, left = False, page[-1].audit_id, left - size
        if not is_csv:
            yield "\n]}\n"


def _row(entry: AuditEntry) -> dict[str, Any]:
    return AuditOut.of(entry).model_dump(mode="json")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else str(value)
