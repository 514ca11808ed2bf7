"""Checking request bodies: Pydantic models describe them, and their errors are told in Discord's words and shape."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from guildbase.simulator.errors import DiscordError, invalid_forms

FormT = TypeVar("FormT", bound="Form")


class Form(BaseModel):
    """A request body. Fields the simulator does not know are ignored, numbers may be sent as text."""

    # There are many forms, of which a bot sends few: each is made ready when it is first used, for a quick start.
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=False, defer_build=True)

    def given(self, *names: str) -> dict[str, object]:
        """Return those of the named fields that the body really contained."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}


def text(low: int, high: int) -> StringConstraints:
    """Return the constraint for a text of `low` to `high` characters."""
    return StringConstraints(min_length=low, max_length=high)


Name100 = Annotated[str, text(1, 100)]


def distinct(values: list[Any]) -> list[Any]:
    """Return the values; it is an error if one of them comes twice."""
    if len(set(values)) < len(values):
        raise PydanticCustomError("SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
    return values


def read_form(kind: type[FormT], body: object) -> FormT:
    """Return the body as a form, or raise Invalid Form Body."""
    try:
        return kind.model_validate({} if body is None else body)
    except ValidationError as error:
        raise explain(error) from None


def read_forms(kind: type[FormT], body: object) -> list[FormT]:
    """Return a list of forms; errors are told under the index of their form."""
    if not isinstance(body, list):
        raise DiscordError(400, 50035, "Invalid Form Body", {"_errors": [_WRONG_TYPE]})
    forms: list[FormT] = []
    problems: list[tuple[tuple[str | int, ...], str, str]] = []
    for index, one in enumerate(body):
        try:
            forms.append(kind.model_validate(one))
        except ValidationError as error:
            problems += [((index, *path), code, said) for path, code, said in map(_problem, error.errors())]
    if problems:
        raise invalid_forms(problems)
    return forms


def explain(error: ValidationError) -> DiscordError:
    """Return the Discord error for what Pydantic found wrong."""
    return invalid_forms([_problem(it) for it in error.errors()])


def tag_of_type(value: object) -> str:
    """Return the tag by which a union of forms is told apart: the field `type` with a mark in front."""
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return f"{_TAG}{kind}"


_TAG = "~"


def _problem(error: ErrorDetails) -> tuple[tuple[str | int, ...], str, str]:
    """Return where the field is, without the tags of unions, and what Discord says of it."""
    path = tuple(it for it in error["loc"] if not (isinstance(it, str) and it.startswith(_TAG)))
    if error["type"] != "union_tag_invalid":
        return path, *_words(error)
    if not isinstance(error["input"], dict):
        return path, _WRONG_TYPE["code"], _WRONG_TYPE["message"]
    if "type" not in error["input"]:
        return (*path, "type"), *_SENTENCES["missing"]
    kinds = error["ctx"]["expected_tags"].replace(_TAG, "").replace("'", "")
    return (*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({kinds}).'


_WRONG_TYPE = {"code": "MODEL_TYPE_CONVERT", "message": "Only dictionaries may be used in a ModelType"}


def _words(error: ErrorDetails) -> tuple[str, str]:
    """Return Discord's error code and sentence for one Pydantic error."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("string_too_long", "too_long"):
        return "BASE_TYPE_MAX_LENGTH", f"Must be {context['max_length']} or fewer in length."
    if kind in ("string_too_short", "too_short"):
        return "BASE_TYPE_MIN_LENGTH", f"Must be {context['min_length']} or more in length."
    if kind in ("greater_than_equal", "less_than_equal", "less_than"):
        bound = context["lt"] - 1 if kind == "less_than" else context.get("ge", context.get("le"))
        word = "greater" if kind.startswith("greater") else "less"
        code = "NUMBER_TYPE_MIN" if word == "greater" else "NUMBER_TYPE_MAX"
        return code, f"Value should be {word} than or equal to {bound}."
    if kind in ("literal_error", "enum"):
        return "BASE_TYPE_CHOICES", f"Value must be one of {{{context['expected']}}}."
    if kind in _SENTENCES:
        return _SENTENCES[kind]
    # Checks of our own carry Discord's code as their type.
    return (kind, error["msg"]) if kind.isupper() else ("BASE_TYPE_BAD_TYPE", error["msg"])


_SENTENCES = {
    "missing": ("BASE_TYPE_REQUIRED", "This field is required"),
    "string_type": ("STRING_TYPE_CONVERT", "Could not interpret value as string."),
    "int_parsing": ("NUMBER_TYPE_COERCE", "Value is not int."),
    "int_type": ("NUMBER_TYPE_COERCE", "Value is not int."),
    "bool_type": ("BOOLEAN_TYPE_CONVERT", "Must be either true or false."),
    "bool_parsing": ("BOOLEAN_TYPE_CONVERT", "Must be either true or false."),
    "string_pattern_mismatch": ("STRING_TYPE_REGEX", "String value did not match validation regex."),
    "datetime_from_date_parsing": ("DATE_TIME_TYPE_PARSE", "Could not parse. Should be ISO8601."),
    "datetime_parsing": ("DATE_TIME_TYPE_PARSE", "Could not parse. Should be ISO8601."),
    "model_type": (_WRONG_TYPE["code"], _WRONG_TYPE["message"]),
    "model_attributes_type": (_WRONG_TYPE["code"], _WRONG_TYPE["message"]),
}
