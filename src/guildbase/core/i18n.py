"""What people read, in their language: texts are English in the code and looked up in gettext catalogues.

The edge (command, button, message, request) says whose language is spoken; without it, it is English. Our own
catalogues are in `locale/`, and a feature may bring some: `locale/LANGUAGE/LC_MESSAGES/FEATURE.mo` in its folder.
"""

from __future__ import annotations

import gettext
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import structlog

CATALOGUES = Path(__file__).parent.parent / "locale"
DOMAIN = "guildbase"
ENGLISH = "en-US"

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)
_sources: dict[str, Path] = {DOMAIN: CATALOGUES}
log = structlog.get_logger(__name__)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Speak the language of the locale (Discord's name for it, such as `de`) inside the block."""
    token = _language.set(locale)
    try:
        yield
    finally:
        _language.reset(token)


def speak(locale: str) -> None:
    """Speak the language of the locale from here to the end of the task."""
    _language.set(locale)


def spoken() -> str:
    """Return the locale that is spoken here."""
    return _language.get()


def _(text: str, **values: object) -> str:
    """Return the text in the language that is spoken, with `{name}` replaced by the value of the name.

    A value is put in as it is: what stands in it is never looked up or replaced again.
    """
    return translated(text, **values)


def plural(one: str, many: str, count: int, **values: object) -> str:
    """Return the form of the text that fits the count, which `{count}` stands for."""
    found = _catalogue(_language.get()).ngettext(one, many, count)
    return _filled(found, one if count == 1 else many, {"count": count, **values})


def marked(text: str) -> str:
    """Return the text as it is, for a constant; it is for the catalogue, and `translated` says it later."""
    return text


def translated(text: str, **values: object) -> str:
    """Return a text that was `marked` elsewhere in the language that is spoken; an unknown one stays as it is."""
    # The catalogue keeps its own description under the empty text.
    return _filled(_catalogue(_language.get()).gettext(text) if text else text, text, values)


def _filled(text: str, english: str, values: dict[str, object]) -> str:
    if not values:
        return text
    words = {name: str(value) for name, value in values.items()}
    try:
        return text.format(**words)
    except (LookupError, ValueError, AttributeError) as error:
        # A translator's slip must not cost an answer.
        log.warning("translation_does_not_fit", text=english, translation=text, reason=repr(error))
        return english.format(**words)


@cache
def languages() -> dict[str, str]:
    """Return the languages that can be spoken: Discord's name of each, and what it calls itself."""
    codes = {path.parent.parent.name for folder in _sources.values() for path in folder.glob("*/LC_MESSAGES/*.mo")}
    found = {ENGLISH: "English"}
    for code in sorted(codes):
        locale = code.replace("_", "-")
        name = _catalogue(locale).gettext(_SELF)
        found[locale] = locale if name == _SELF else name
    return found


def spoken_of(wishes: Iterable[str | None]) -> str:
    """Return the first of the wished locales that can be spoken; English if there is none."""
    return next((found for wish in wishes if wish and (found := _known(wish))), ENGLISH)


def add_catalogues(domain: str, folder: Path) -> None:
    """Let a feature's own catalogues be looked into for texts that the others do not know."""
    _sources[domain] = folder
    forget()


def forget() -> None:
    """Forget what was read, so that changed catalogues count."""
    _catalogue.cache_clear()
    languages.cache_clear()


def digest() -> str:
    """Return a hash of all catalogues."""
    files = [path for _domain, folder in sorted(_sources.items()) for path in sorted(folder.glob("*/LC_MESSAGES/*.mo"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _known(locale: str) -> str | None:
    """Return the language that serves the locale: `en-GB` is served by English, `de-AT` by German."""
    base = locale.partition("-")[0].lower()
    names = {name.lower(): name for name in languages()}
    exact = names.get(locale.lower()) or names.get(base)
    return exact or next((name for lower, name in names.items() if lower.partition("-")[0] == base), None)


@cache
def _catalogue(locale: str) -> gettext.NullTranslations:
    """Return the catalogues of the locale, the first that knows a text first; the edges speak known locales only."""
    found = gettext.NullTranslations()
    for domain, folder in reversed(_sources.items()):
        for name in (locale.partition("-")[0], locale.replace("-", "_")):
            path = folder / name / "LC_MESSAGES" / f"{domain}.mo"
            if (one := _read(path)) is not None:
                one.add_fallback(found)
                found = one
    return found


def _read(path: Path) -> gettext.NullTranslations | None:
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return gettext.GNUTranslations(file)
    except Exception as error:  # Strangers' files may hold anything.
        log.warning("catalogue_not_read", path=str(path), reason=str(error))
        return None


_SELF = marked("English")  # A language translates it with the name of itself.
