"""Hands unexpected errors to the error sink, whichever edge they came up at."""

from __future__ import annotations

import structlog

from guildbase.core.logging import new_correlation_id
from guildbase.core.ports import ErrorReport, ErrorSink
from guildbase.services.container import BotServices

log = structlog.get_logger(__name__)


def report(services: BotServices, error: BaseException, what: ErrorReport) -> str:
    """Have the error stored soon, and return the id to tell people; it never raises and never waits."""
    try:
        return services.get(ErrorSink).report(error, what)
    except Exception:
        # Whoever met the error has its own answer to give.
        log.exception("error_not_reported", kind=what.kind, where=what.where)
        return what.error_id or new_correlation_id()
