"""Reads JSON that comes from outside: one meaning or none, whatever it holds."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _

DEEPEST = 32
"""How deep lists and objects may stand in each other."""
MOST_REPEATED = 10
"""Repeated keys that one refusal names."""


class _Refused(Exception):
    """Ends the reading."""


def read_json(text: bytes | str, *, most_bytes: int) -> Any:
    """Return what the JSON text says.

    Raises:
        InvalidInput: it is too large or too deep, is no JSON, or names a key twice.
    """
    given = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if len(given) > most_bytes:
        raise InvalidInput(
            _("This is too large: {size} bytes.", size=len(given)),
            hint=_("There is room for {most} bytes.", most=most_bytes),
        )
    repeated: dict[str, None] = {}

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _value in pairs]
            repeated.update(dict.fromkeys(key for key in found if keys.count(key) > 1))
        return found

    try:
        value = json.loads(given.decode("utf-8-sig"), object_pairs_hook=unique, parse_constant=_no_number)
        _check_depth(value)
    except (ValueError, RecursionError, _Refused) as error:
        raise InvalidInput(
            _("This is no JSON that can be read: {reason}.", reason=_reason(error)), hint=_("Check the text.")
        ) from None
    if repeated:
        named = {key[:100]: _("it is there more than once") for key in list(repeated)[:MOST_REPEATED]}
        raise InvalidInput(
            _("Keys are there more than once: {keys}.", keys=", ".join(named)),
            hint=_("Keep one of each."),
            problems=named,
        )
    return value


def _no_number(name: str) -> NoReturn:
    raise _Refused(_("{name} is no number of JSON", name=name))


def _check_depth(value: Any) -> None:
    level = [value]
    for _depth in range(DEEPEST):
        level = [
            held
            for item in level
            if isinstance(item, dict | list)
            for held in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise RecursionError


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return _("it is more than {most} levels deep", most=DEEPEST)
    if isinstance(error, UnicodeDecodeError):
        return _("it is not in UTF-8")
    if isinstance(error, json.JSONDecodeError):
        return _("line {line}, column {column}: {what}", line=error.lineno, column=error.colno, what=error.msg)
    return str(error)[:200]
