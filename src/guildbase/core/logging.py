"""Structured logs: JSON for machines, colours for people, and one correlation id through everything."""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import structlog
from structlog.contextvars import bound_contextvars, get_contextvars, merge_contextvars
from structlog.types import EventDict, Processor, WrappedLogger

SECRET_WORDS = ("token", "secret", "password", "authorization", "api_key", "cookie")
REDACTED = "[redacted]"


def new_correlation_id() -> str:
    """Return a short random id that ties log lines, audit rows and answers together."""
    return secrets.token_hex(6)


@contextmanager
def correlation(correlation_id: str | None = None) -> Iterator[str]:
    """Give everything logged in this context one id; without an argument a new one is made."""
    chosen = correlation_id or new_correlation_id()
    with bound_contextvars(correlation_id=chosen):
        yield chosen


def current_correlation_id() -> str | None:
    """Return the correlation id of the running context, if there is one."""
    value = get_contextvars().get("correlation_id")
    return str(value) if value is not None else None


def redact_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank every value whose key names a secret, so that none can reach a log by its own name."""
    for key in event:
        if any(word in key.lower() for word in SECRET_WORDS):
            event[key] = REDACTED
    return event


def configure_logging(*, level: str = "INFO", as_json: bool | None = None) -> None:
    """Send all logs to standard error; JSON when asked for or when standard error is not a terminal."""
    json_lines = not sys.stderr.isatty() if as_json is None else as_json
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )
    final: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if json_lines:
        final += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_to_json)]
    else:
        # The rich traceback would print local variables, and with them message texts and keys.
        final += [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=final))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These tell of every step; their warnings are what an operator needs.
    for name in ("discord", "alembic", "uvicorn"):
        logging.getLogger(name).setLevel(max(logging.getLevelName(level), logging.WARNING))


def _to_json(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=repr).decode()
