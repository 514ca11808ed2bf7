"""Hands out the cases of a guild as a file, a page at a time, so that neither side holds all of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from guildbase.core.csv_text import csv_line
from guildbase.core.ports import AuditRecord, Caller
from guildbase.core.snowflake import is_pseudonym
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller.history import EVERYTHING, HistoryController
from guildbase.features.moderation.kinds import Rank
from guildbase.features.moderation.models import ModerationCase
from guildbase.features.moderation.rules.ranks import require_rank
from guildbase.features.moderation.search import CaseFilter
from guildbase.services.controller import BaseController

EXPORT = "moderation.case_export"
"""What the audit calls it."""
PAGE = 500


class ExportFormat(StrEnum):
    """How the file is written."""

    CSV = "csv"
    JSON = "json"


class CaseExport:
    """A file that is being written, newest case first."""

    def __init__(
        self, guild_id: int, pages: AsyncIterator[list[ModerationCase]], kind: ExportFormat, most_bytes: int | None
    ) -> None:
        self._guild_id, self._pages, self._kind = guild_id, pages, kind
        self._room = most_bytes
        self.count = 0
        """Cases that were written so far."""
        self.next_before: int | None = None
        """At the end: below which number the cases are for which there was no room; None if all are there."""

    async def parts(self) -> AsyncIterator[str]:
        """Yield the file, whole in itself also where there is no room for all cases."""
        begin, end = _frame(self._kind, self._guild_id)
        self._has_room(begin + end)
        yield begin
        async for cases in self._pages:
            for case in cases:
                written = _written(case, self._kind, is_first=not self.count)
                if not self._has_room(written):
                    self.next_before = case.number + 1
                    yield end
                    return
                self.count += 1
                yield written
        yield end

    def _has_room(self, text: str) -> bool:
        if self._room is None:
            return True
        size = len(text.encode())
        if size > self._room:
            return False
        self._room -= size
        return True


class CaseExportController(BaseController):
    """Exports cases for admins, hidden ones included; the audit log says who took which."""

    async def export(
        self,
        caller: Caller,
        guild_id: int,
        wanted: CaseFilter = EVERYTHING,
        kind: ExportFormat = ExportFormat.CSV,
        *,
        most_bytes: int | None = None,
    ) -> CaseExport:
        """Return the file, once it is written down that the caller takes it; it has at most so many bytes.

        Raises:
            PermissionDenied: the caller is no admin here.
        """
        require_rank(caller, guild_id, Rank.ADMIN)
        asked = {name: _plain(getattr(wanted, name)) for name in CaseFilter.__slots__}
        about = wanted.target_id

        async def note(work: UnitOfWork) -> None:
            told = {"format": kind.value} | {name: value for name, value in asked.items() if value is not None}
            target_type = "user" if about is not None else ""
            await self.audit(work, AuditRecord(EXPORT, guild_id, target_type, about, details=told))

        await self.run(caller, note)
        return CaseExport(guild_id, self._pages(caller, guild_id, wanted), kind, most_bytes)

    async def _pages(self, caller: Caller, guild_id: int, wanted: CaseFilter) -> AsyncIterator[list[ModerationCase]]:
        history, before = self.services.get(HistoryController), None
        while True:
            found = await history.search(caller, guild_id, wanted, before=before, limit=PAGE)
            yield found.cases
            before = found.next_before
            if before is None:
                return


def _frame(kind: ExportFormat, guild_id: int) -> tuple[str, str]:
    """Return what stands before and after the cases."""
    if kind is ExportFormat.CSV:
        return csv_line(COLUMNS), ""
    return f'{{"guild_id": "{guild_id}", "cases": [', "\n]}\n"


def _written(case: ModerationCase, kind: ExportFormat, *, is_first: bool) -> str:
    row = _row(case)
    if kind is ExportFormat.CSV:
        return csv_line(row.values())
    return f"{'' if is_first else ','}\n{json.dumps(row, ensure_ascii=False)}"


def _row(case: ModerationCase) -> dict[str, Any]:
    return {
        "number": case.number,
        "type": case.case_type.value,
        "custom_type": case.custom_type,
        "state": case.state.value,
        "failure": case.failure,
        "source": case.source.value,
        "target_id": _id(case.target_id),
        "target_name": case.target_name,
        "moderator_id": _id(case.moderator_id),
        "moderator_name": case.moderator_name,
        "reason": case.reason,
        "details": case.details,
        "created_at": _plain(case.created_at),
        "expires_at": _plain(case.expires_at),
        "ended_at": _plain(case.ended_at),
        "ending_case": case.ending_case,
        "is_hidden": case.is_hidden,
        "struck_at": _plain(case.deleted_at),
    }


COLUMNS = (
    "number", "type", "custom_type", "state", "failure", "source", "target_id", "target_name", "moderator_id",
    "moderator_name", "reason", "details", "created_at", "expires_at", "ended_at", "ending_case", "is_hidden",
    "struck_at",
)  # fmt: skip
"""What the file has of each case, in this order."""


def _id(user_id: int) -> str | None:
    """Return the id as text, which no program rounds; None for somebody whose data was erased."""
    return None if is_pseudonym(user_id) else str(user_id)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
