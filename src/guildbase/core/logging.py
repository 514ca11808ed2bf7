"""Structured logs: JSON for machines, colours for people, and one correlation id through everything."""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from guildbase.core.loading import without

with without("rich"):  # For tracebacks with local variables, which are not wanted: a twentieth of a bot's start.
    import structlog
    from structlog.contextvars import bind_contextvars, get_contextvars, merge_contextvars, reset_contextvars
    from structlog.types import EventDict, Processor, WrappedLogger

SECRET_WORDS = ("token", "secret", "password", "authorization", "api_key", "cookie")
REDACTED = "[redacted]"
_SECRET_TEXT = re.compile(
    r"(://[^/\s:@\x22]*:)[^/\s\x22]+(?=@)"  # The password in a URL.
    r"|(\bBot )[\w.-]{40,}"  # The bot's token in a header.
    r"|(/(?:webhooks|interactions)/\d+/)[\w-]{20,}"  # The token of a webhook or an interaction.
)


def new_correlation_id() -> str:
    """Return a short random id that ties log lines, audit rows and answers together."""
    return secrets.token_hex(6)


@contextmanager
def correlation(correlation_id: str | None = None) -> Iterator[str]:
    """Give everything logged in this context one id; without an argument a new one is made."""
    chosen = correlation_id or new_correlation_id()
    before = bind_contextvars(correlation_id=chosen)
    try:
        yield chosen
    finally:
        reset_contextvars(**before)


def current_correlation_id() -> str | None:
    """Return the correlation id of the running context, if there is one."""
    value = get_contextvars().get("correlation_id")
    return str(value) if value is not None else None


def redact_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank every value whose key names a secret, and what looks like one within texts."""
    for key, value in event.items():
        event[key] = REDACTED if _names_a_secret(key) else _redacted(value)
    return event


def _names_a_secret(key: object) -> bool:
    return any(word in str(key).lower() for word in SECRET_WORDS)


def redact_text(text: str) -> str:
    """Return the text with what looks like a secret blanked."""
    return _SECRET_TEXT.sub(lambda found: f"{found[1] or found[2] or found[3]}{REDACTED}", text)


def text_to_keep(text: str) -> str:
    """Return the text of an error without secrets and without what a database refuses."""
    return redact_text(text.encode(errors="replace").decode().replace("\0", ""))


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict):
        return {key: REDACTED if _names_a_secret(key) else _redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(inner) for inner in value]
    return value


def configure_logging(*, level: str = "INFO", as_json: bool | None = None) -> None:
    """Send all logs to standard error; JSON when asked for or when standard error is not a terminal."""
    json_lines = not sys.stderr.isatty() if as_json is None else as_json
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )
    final: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        # After the traceback is text, so that it is looked through as well.
        redact_secrets,
    ]
    if json_lines:
        final += [structlog.processors.JSONRenderer(_to_json)]
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


def configure_plain_logging(*, level: str = "WARNING") -> None:
    """Print plain lines in programs that have not configured logging, such as tests.

    What structlog does by itself prints local variables of every frame, which takes seconds where rich is installed.
    """
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            redact_secrets,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )


def _to_json(event: EventDict, **_: object) -> str:
    line = orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    # Objects are text only now, and may hold secrets as texts do.
    return str(_redacted(line))
