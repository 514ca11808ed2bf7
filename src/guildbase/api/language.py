"""Answers a request in the language that its client asks for: `Accept-Language: de` makes errors German."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from guildbase.core.i18n import ENGLISH, spoken_of

LONGEST = 200
"""Bytes of the header that are looked at."""


def language_of(header: bytes) -> str:
    """Return the first language of an Accept-Language header that can be spoken; without one it is English."""
    return spoken_of(wishes(header[:LONGEST].decode("latin-1"))) if header else ENGLISH


@lru_cache(maxsize=256)
def wishes(header: str) -> Sequence[str]:
    """Return the locales of an Accept-Language header, the most wanted first; what is no wish is left out."""
    weighed = [(_weight(item), item.partition(";")[0].strip()) for item in header.split(",")]
    return [locale for weight, locale in sorted(weighed, key=lambda found: -found[0]) if weight > 0]


def _weight(item: str) -> float:
    name, _, value = item.partition(";")[2].strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
