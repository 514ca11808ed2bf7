"""Who may read the logs, what two errors have in common, and what is kept of one."""

from __future__ import annotations

import traceback
from datetime import date, datetime, timedelta
from typing import Any

import guildbase
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.logging import current_correlation_id, new_correlation_id, text_to_keep
from guildbase.core.ports import SYSTEM, Caller, ErrorReport
from guildbase.core.time_ids import new_time_id
from guildbase.platform.telemetry.models import MAX_MESSAGE, MAX_TRACEBACK

VIEW_AUDIT_LOG = 1 << 7
ADMIN_LEVEL = 5
"""Permission level from which a caller may read the guild's audit log."""
MAX_PAGE = 200
LATEST = timedelta(hours=1)
"""After this long no transaction is open any more that could add to a day which is over."""
FRAMES = 25
"""Frames of a traceback that are kept, the innermost ones."""
KEEPER = SYSTEM

Fingerprint = tuple[str, str, str, str, int]


def may_read_audit(caller: Caller, guild_id: int | None) -> bool:
    """Tell whether the caller may read the guild's audit log, or that of all guilds."""
    if guild_id is None:
        return caller.is_system
    return caller.may(guild_id, permissions=VIEW_AUDIT_LOG, level=ADMIN_LEVEL)


def checked_limit(limit: int) -> int:
    """Return the size of a page; raise InvalidInput if it is none."""
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(_("A page has 1 to {max_page} entries, not {limit}.", max_page=MAX_PAGE, limit=limit))
    return limit


def last_closed_day(now: datetime) -> date:
    """Return the last day (UTC) to which no entry can be added any more."""
    return (now - LATEST).date() - timedelta(days=1)


def fingerprint(error: BaseException, what: ErrorReport) -> Fingerprint:
    """Return what two occurrences of the same error have in common: the place in the code, not the values."""
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    file, line = (frames[0].filename, frames[0].lineno or 0) if frames else ("", 0)
    return (what.kind, what.where, type(error).__qualname__, file, line)


def described(error: BaseException, what: ErrorReport) -> dict[str, Any]:
    """Return the values of the row for the error, without secrets and no longer than the columns."""
    return {
        "event_id": new_time_id(),
        "error_id": (what.error_id or new_correlation_id())[:64],
        "correlation_id": current_correlation_id(),
        "kind": what.kind[:20],
        "place": text_to_keep(what.where)[:100],
        "guild_id": what.guild_id,
        "user_id": what.user_id,
        "error_type": type(error).__qualname__[:100],
        "message": text_to_keep(_text(error))[:MAX_MESSAGE],
        # The end says what happened.
        "traceback": text_to_keep("".join(traceback.format_exception(error, limit=-FRAMES)))[-MAX_TRACEBACK:],
        "version": guildbase.__version__,
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # An error's own text may be what is broken.
        return "(its text cannot be read)"
