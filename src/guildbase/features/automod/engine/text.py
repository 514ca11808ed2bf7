"""Makes texts that look alike equal, and finds links and invites in them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_SIGNS = dict(zip("01345789@$!|+", "oieastbgasiit", strict=True))
"""Digits and signs that stand for letters."""
_ALIKE = {
    "a": "\u0430\u03b1",
    "ae": "\u00e6",
    "b": "\u0432\u03b2",
    "c": "\u0441",
    "d": "\u0111\u0501",
    "e": "\u20ac\u0435\u0451\u03b5",
    "h": "\u04bb\u043d",
    "i": "\u0131\u0456\u03b9",
    "j": "\u0458",
    "k": "\u043a\u03ba",
    "l": "\u00a3\u0142\u04cf",
    "m": "\u043c",
    "n": "\u043f\u03b7",
    "o": "\u00f8\u043e\u03bf",
    "oe": "\u0153",
    "p": "\u0440\u03c1",
    "q": "\u051b",
    "r": "\u0433",
    "s": "\u0455",
    "ss": "\u00df",
    "t": "\u0442\u03c4",
    "u": "\u03bc\u03c5",
    "v": "\u0475\u03bd",
    "w": "\u051d\u03c9",
    "x": "\u0445\u03c7",
    "y": "\u0443\u03b3",
}
"""By Latin letter: those of other alphabets, Cyrillic and Greek above all, that one takes for it."""
_WORD = re.compile(r"\w+")
_LINK = re.compile(
    r"(?:https?://|www\.)(?:[^\s/<>?#\\@]*@)*([^\s/<>?#:@\\\"')\]]{3,253})|(?<![\w@.])((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})/"
)
_INVITE = re.compile(r"(?:discord\.gg|discord(?:app)?\.com/invite|dsc\.gg)/([a-z0-9-]{2,32})", re.IGNORECASE)
_EMOJI = re.compile(
    r"<a?:\w{2,32}:\d{1,20}>|[\U0001f1e6-\U0001f1ff]{2}|[\u2600-\u27bf\u2b05-\u2b55\U0001f300-\U0001faff]"
)


@cache
def _lookalikes() -> dict[int, str]:
    others = {other: letter for letter, alike in _ALIKE.items() for other in alike}
    return str.maketrans(_SIGNS | others)


def plain(text: str) -> str:
    """Return the text in small letters, without accents, fancy forms and what cannot be seen."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    kept = (sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))
    return "".join(kept).casefold()


def folded(base: str) -> str:
    """Return plain text with letters that look alike made one."""
    return base.translate(_lookalikes())


def words_in(base: str) -> set[str]:
    """Return the words of plain text."""
    return set(_WORD.findall(base))


def hosts_in(text: str) -> set[str]:
    """Return the domains that the links of the text lead to."""
    if "." not in text:
        return set()
    found = (one or other for one, other in _LINK.findall(text.lower()))
    return {_host(name) for name in found}


def _host(name: str) -> str:
    return plain(name).rstrip(".,").removeprefix("www.")


def parents(host: str) -> list[str]:
    """Return the domain and those that it is part of: `a.b.com`, `b.com`, `com`."""
    parts = host.split(".")
    return [".".join(parts[first:]) for first in range(len(parts))]


def domain(entry: str) -> str:
    """Return the domain that somebody wrote, with or without `https://`, `*.` and a path."""
    bare = entry.strip().lower().removeprefix("https://").removeprefix("http://")
    return _host(bare.partition("/")[0].removeprefix("*."))


def invites_in(text: str) -> set[str]:
    """Return the codes of the invites in the text."""
    return set(_INVITE.findall(text))


def capitals(text: str) -> tuple[int, int]:
    """Return how many letters are capitals, and how many letters have a capital form at all."""
    upper = sum(map(str.isupper, text))
    return upper, upper + sum(map(str.islower, text))


def emojis(text: str) -> int:
    """Return how many emojis are in the text."""
    return len(_EMOJI.findall(text))


def marks(text: str) -> int:
    """Return how many marks are put on top of letters."""
    return 0 if text.isascii() else sum(unicodedata.category(sign) in ("Mn", "Me") for sign in text)
