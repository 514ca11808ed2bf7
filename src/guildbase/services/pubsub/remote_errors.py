"""Errors that travel from the process that answers to the one that asked, and stay what they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from guildbase.core.errors import GuildbaseError, RateLimited


@dataclass(frozen=True, slots=True)
class Refusal:
    """An expected error as it travels."""

    code: str
    status: int
    message: str
    hint: str = ""
    retry_after: float = 0.0
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, error: GuildbaseError) -> Refusal:
        """Return the error's form for travelling."""
        retry_after = error.retry_after if isinstance(error, RateLimited) else 0.0
        return cls(error.code, error.status, error.message, error.hint, retry_after, dict(error.problems))

    def error(self) -> GuildbaseError:
        """Return the error to raise: of the same class if this process knows it, else of one like it."""
        kind = _kind(self.code, self.status)
        # Some classes make the message themselves, from values that did not travel.
        error = kind.__new__(kind)
        GuildbaseError.__init__(error, self.message, hint=self.hint, problems=self.problems)
        if isinstance(error, RateLimited):
            error.retry_after = self.retry_after
        return error


def _kind(code: str, status: int) -> type[GuildbaseError]:
    for kind in _kinds(GuildbaseError):
        if (kind.code, kind.status) == (code, status):
            return kind
    # The feature whose error it is has not been loaded here: whoever catches its base still does.
    base = next((kind for kind in GuildbaseError.__subclasses__() if kind.status == status), GuildbaseError)
    return type("ErrorElsewhere", (base,), {"code": code, "status": status})


def _kinds(kind: type[GuildbaseError]) -> Iterator[type[GuildbaseError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)
