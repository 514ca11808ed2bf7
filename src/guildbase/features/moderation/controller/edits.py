"""The history of a case: what stood in it before somebody changed it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.models import MAX_CONTENT, CaseEdit, ModerationCase


async def record_edit(work: UnitOfWork, case: ModerationCase, name: str, before: Any, after: Any) -> None:
    """Keep what stood in a field of the case, within the transaction that changes it."""
    of_case = (col(CaseEdit.guild_id) == case.guild_id, col(CaseEdit.number) == case.number)
    last = (await work.session.execute(select(func.max(col(CaseEdit.edit))).where(*of_case))).scalar_one() or 0
    work.session.add(
        CaseEdit(
            guild_id=case.guild_id,
            number=case.number,
            edit=last + 1,
            target_id=case.target_id,
            editor_id=work.caller.user_id,
            editor_name=work.caller.name[:100],
            field=name,
            before=as_text(before)[:MAX_CONTENT],
            after=as_text(after)[:MAX_CONTENT],
        )
    )
    await work.session.flush()


def as_text(value: Any) -> str:
    """Return how a value stands in the history."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
