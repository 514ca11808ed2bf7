"""What Pydantic finds wrong with a value, in the language of who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guildbase.core.i18n import marked, translated

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SWITCH = marked("it is either on or off")
_WHOLE = marked("it must be a whole number")
_NUMBER = marked("it must be a number")
TEXTS = {
    "bool_parsing": _SWITCH,
    "bool_type": _SWITCH,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "string_type": marked("it must be a text"),
    "string_too_long": marked("it has at most {max_length} characters"),
    "string_too_short": marked("it has at least {min_length} characters"),
    "too_long": marked("it has at most {max_length} entries"),
    "too_short": marked("it has at least {min_length} entries"),
    "greater_than": marked("it must be more than {gt}"),
    "greater_than_equal": marked("it must be {ge} or more"),
    "less_than": marked("it must be less than {lt}"),
    "less_than_equal": marked("it must be {le} or less"),
    "literal_error": marked("it must be one of {expected}"),
    "enum": marked("it must be one of {expected}"),
}
"""By Pydantic's name of the error; what is not here is said in Pydantic's own words."""


def problem_text(found: ErrorDetails) -> str:
    """Return why a value is refused, without a full stop."""
    text = TEXTS.get(found["type"])
    if text is None:
        return found["msg"].removeprefix("Value error, ").rstrip(".")
    places = dict(found.get("ctx", {}))
    if "expected" in places:
        places["expected"] = str(places["expected"]).replace(" or ", ", ")
    return translated(text, **places)
