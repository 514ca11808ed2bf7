"""Errors that a person may see: each has a code, an HTTP status, what happened and what to do next.

    GuildbaseError
    ├── ConfigurationError      the operator must change a setting        (exit code 2)
    ├── DatabaseUnavailable     the database cannot be reached or used    503
    ├── InvalidInput            a value is wrong; nothing was written     422
    ├── NotFound                no such thing, or not for this caller     404
    ├── PermissionDenied        the caller may not do this                403
    ├── NotAuthenticated        the caller did not say who they are       401
    ├── Conflict                the state does not allow it now           409
    ├── RateLimited             too often; `retry_after` says how long    429
    ├── NoReply                 the other process did not answer          503
    └── DiscordRefused          Discord said no for good                  502

Features subclass these. They are rendered once per edge: by the bot's error chain, by the API's
handler and by the command line.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import ClassVar


class GuildbaseError(Exception):
    """An expected failure. `message` says what happened, `hint` what to do next; both are safe to show."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "", problems: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems: Mapping[str, str] = types.MappingProxyType(dict(problems or {}))
        """What is wrong, by field, where that can be said; the message says it, too."""

    @property
    def text(self) -> str:
        """The message and the hint as one piece of text for people."""
        return f"{self.message} {self.hint}".strip()


class ConfigurationError(GuildbaseError):
    """A setting is missing, malformed or unsafe."""

    code = "configuration"


class DatabaseUnavailable(GuildbaseError):
    """The database cannot be reached, is behind on migrations, or is in use by another process."""

    code = "database_unavailable"
    status = 503


class InvalidInput(GuildbaseError):
    """A value is wrong; nothing was written."""

    code = "invalid_input"
    status = 422


class NotFound(GuildbaseError):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"
    status = 404


class PermissionDenied(GuildbaseError):
    """The caller may not do this."""

    code = "permission_denied"
    status = 403

    def __init__(
        self, message: str, *, hint: str = "", problems: Mapping[str, str] | None = None, is_silent: bool = False
    ) -> None:
        super().__init__(message, hint=hint, problems=problems)
        self.is_silent = is_silent
        """Whether nobody is answered where Discord does not demand it, as it does of interactions."""


class NotAuthenticated(GuildbaseError):
    """The caller did not prove who they are."""

    code = "not_authenticated"
    status = 401


class Conflict(GuildbaseError):
    """The present state does not allow this."""

    code = "conflict"
    status = 409


class RateLimited(GuildbaseError):
    """The caller did this too often."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, *, retry_after: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        """Seconds until the next try may succeed."""


class NoReply(GuildbaseError):
    """The process that was asked did not answer in time, or there is none."""

    code = "no_reply"
    status = 503


class DiscordRefused(GuildbaseError):
    """Discord refused for good, so trying again would not help."""

    code = "discord_refused"
    status = 502
