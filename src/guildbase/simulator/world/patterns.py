"""Regular expressions that users write. They run in RE2, whose time grows with the text alone, whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol


class Match(Protocol):
    """One place where a pattern was found."""

    def group(self) -> str:
        """Return the text found."""
        ...

    def start(self) -> int:
        """Return where it begins."""
        ...

    def end(self) -> int:
        """Return where it ends."""
        ...

    def span(self) -> tuple[int, int]:
        """Return both."""
        ...


class Pattern(Protocol):
    """A compiled pattern, of RE2 or of Python's own engine."""

    def finditer(self, text: str, /) -> Iterator[Match]:
        """Yield every place where it is found."""
        ...


@lru_cache(maxsize=512)
def user_pattern(text: str) -> Pattern:
    """Return the pattern, blind to case; raise ValueError if RE2 cannot take it, as Discord's engine could not."""
    # Imported late, since hardly any world has such a rule and a start is to be quick.
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        compiled: Pattern = re2.compile(text, options)
    except re2.error as error:
        raise ValueError(f"not a pattern: {error}") from None
    return compiled
