"""Many patterns looked for with one pass of RE2, whose time grows with the text alone, whatever people write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from guildbase.core.i18n import _

PATTERN_MEMORY = 1 << 20
"""Most bytes that one pattern may take; `(a{1000}){1000}` is refused by it."""
SET_MEMORY = 1 << 26


def options(memory: int) -> Any:
    """Return RE2's options: blind to case, silent, and with so many bytes at most."""
    import re2

    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.log_errors = False
    chosen.max_mem = memory
    return chosen


@lru_cache(maxsize=512)
def pattern_problem(pattern: str) -> str | None:
    """Return what is wrong with the pattern, for people; None if it can be used."""
    import re2

    try:
        compiled = re2.compile(pattern, options(PATTERN_MEMORY))
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error.args[0])
        return _("`{pattern}` is no pattern of RE2: {reason}", pattern=pattern[:100], reason=reason)
    if compiled.search(""):
        return _("`{pattern}` also finds nothing at all, so every message would break the rule", pattern=pattern[:100])
    return None


def literal(word: str) -> str:
    """Return the pattern that finds the word anywhere."""
    import re2

    return str(re2.escape(word))


def stands_alone(word: str, text: str) -> bool:
    """Tell whether the word is somewhere in the text without a letter or digit beside it."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not _is_letter(text[start - 1 : start]) and not _is_letter(text[end : end + 1]):
            return True
        start = text.find(word, start + 1)
    return False


def _is_letter(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


class PatternSet:
    """Tells which of many patterns a text holds."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = patterns
        self._sets = list(_compiled(patterns, 0)) if patterns else []

    def find(self, text: str) -> Iterator[int]:
        """Yield the places of the patterns that the text holds."""
        for first, count, made in self._sets:
            # The last pattern finds everything, so without it RE2 ran out of memory and says nothing of the others.
            found = made.Match(text) or ()
            if found == [count]:
                continue
            if count in found:
                yield from (first + place for place in found if place != count)
            else:
                own = self.patterns[first : first + count]
                yield from (first + place for place, it in enumerate(own) if matched(it, text) is not None)


def _compiled(patterns: Sequence[str], first: int) -> Iterator[tuple[int, int, Any]]:
    """Yield sets, each with the place of its first pattern and their number: one, if RE2 has the memory for it."""
    import re2

    made = re2.Set.SearchSet(options(SET_MEMORY))
    for pattern in patterns:
        made.Add(pattern)
    made.Add("")
    try:
        made.Compile()
    except re2.error:
        half = len(patterns) // 2
        yield from _compiled(patterns[:half], first)
        yield from _compiled(patterns[half:], first + half)
    else:
        yield first, len(patterns), made


def matched(pattern: str, text: str) -> str | None:
    """Return what of the text the pattern finds first; None if nothing."""
    found = _single(pattern).search(text)
    return None if found is None else str(found.group())


@lru_cache(maxsize=512)
def _single(pattern: str) -> Any:
    import re2

    return re2.compile(pattern, options(PATTERN_MEMORY))
