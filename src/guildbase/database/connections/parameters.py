"""The last gate before a driver: no statement, however it is written, takes a value that only one database bears.

Rows are checked when they are made. This is for everything else: values to compare with, statements in SQL, and
documents that were changed in place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Engine, ExceptionContext, Integer, event
from sqlalchemy.exc import DBAPIError, StatementError

from guildbase.core.errors import GuildbaseError, InvalidInput
from guildbase.database.rows.validation import LARGEST, LARGEST_SMALL, unstorable_document, unstorable_text

HINT = "Correct it and try again."
_NUMBER = re.compile(r"_\d+$")
_NUMBERS = re.compile(r"(_m?\d+)+$")
"""What SQLAlchemy adds to a column's name for the parameters of a statement."""
_DOES_NOT_FIT = frozenset({"22000", "22001", "22003", "22007", "22008", "22021", "22P02", "22P05"})
"""PostgreSQL's codes for a value that its column or its encoding does not take."""


def refuse_bad_parameters(engine: Engine) -> None:
    """Raise InvalidInput instead of giving this engine's driver a value that cannot be stored or compared."""
    event.listen(engine, "before_cursor_execute", _before_execution)
    event.listen(engine, "handle_error", _after_refusal)


def dump_document(value: Any) -> str:
    """Return the document as JSON; raise InvalidInput for what PostgreSQL's JSONB refuses or JSON does not know."""
    if reason := unstorable_document(value):
        raise InvalidInput(f"The document cannot be stored: {reason}.", hint=HINT)
    return json.dumps(value, separators=(",", ":"))


def _before_execution(_connection: Any, _cursor: Any, _sql: str, parameters: Any, context: Any, is_many: bool) -> None:
    # As they were given, before column types made text of moments and documents; a driver's own SQL has no such.
    given = getattr(context, "compiled_parameters", None) or (parameters if is_many else (parameters,))
    for one in given:
        if any(map(_is_suspicious, one.values() if isinstance(one, Mapping) else one)):
            _look_closer(one, context)


def _is_suspicious(value: Any) -> bool:
    """Tell quickly whether the value needs a closer look; nearly all do not."""
    kind = type(value)
    if kind is int:
        return not -LARGEST_SMALL <= value <= LARGEST_SMALL
    if kind is str:
        return "\x00" in value or not value.isascii()
    if kind is float:
        return not math.isfinite(value)
    return kind is datetime and value.tzinfo is None


def _look_closer(parameters: Any, context: Any) -> None:
    compiled = getattr(context, "compiled", None)
    types = {name: bind.type for name, bind in compiled.binds.items()} if compiled is not None else {}
    named = parameters.items() if isinstance(parameters, Mapping) else [("", value) for value in parameters]
    for name, value in named:
        # The values of a list have a number after its name.
        sql_type = types.get(name) or types.get(_NUMBER.sub("", name))
        if reason := _unusable(value, sql_type):
            raise InvalidInput(f"{_NUMBERS.sub('', name) or 'A value'} cannot be used: {reason}.", hint=HINT)


def _unusable(value: Any, sql_type: Any) -> str | None:
    if isinstance(value, str):
        return unstorable_text(value)
    if isinstance(value, datetime):
        return "the moment has no time zone" if value.tzinfo is None else None
    if isinstance(value, float) and not math.isfinite(value):
        return "the number is not finite"
    if not isinstance(value, int):
        return None
    is_small = isinstance(sql_type, Integer) and not isinstance(sql_type, BigInteger)
    largest = LARGEST_SMALL if is_small else LARGEST
    return None if -largest - 1 <= value <= largest else "the number is too long"


def _after_refusal(context: ExceptionContext) -> None:
    """Say it in our words when a column's type or PostgreSQL refuses a value; theirs would quote the value."""
    refused, cause = context.sqlalchemy_exception, context.original_exception
    if isinstance(cause, GuildbaseError):
        raise cause
    if isinstance(refused, DBAPIError):
        if getattr(refused.orig, "sqlstate", None) in _DOES_NOT_FIT or _is_wrong_kind(cause):
            raise InvalidInput("A value does not fit its column.", hint=HINT) from None
    elif isinstance(refused, StatementError) and isinstance(cause, ValueError | LookupError | TypeError):
        raise InvalidInput(f"A value cannot be used: {_reason(cause)}.", hint=HINT) from None


def _is_wrong_kind(cause: BaseException) -> bool:
    return "invalid input for query argument" in str(cause)


def _reason(cause: BaseException) -> str:
    """Return the reason that the column's type gave, without what may quote the value."""
    if "timezone" in str(cause):
        return "the moment has no time zone"
    return "it is not one of the column's values" if isinstance(cause, LookupError) else "it is of the wrong kind"
