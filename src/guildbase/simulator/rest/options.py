"""The options of application commands as bots register them: what each type of option may have.

Source: https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from guildbase.simulator.rest.forms import Form, text

SUB_COMMAND, GROUP, STRING, INTEGER, CHANNEL, NUMBER = 1, 2, 3, 4, 7, 10
_NUMBERS = (INTEGER, NUMBER)
_FILLED_BY_TYPING = (STRING, INTEGER, NUMBER)
_LARGEST_NUMBER = 2**53
_VALUES: dict[int, tuple[type, ...]] = {STRING: (str,), INTEGER: (int,), NUMBER: (int, float)}
_NAME = re.compile(r"[-_'\w\u0900-\u097F\u0E00-\u0E7F]{1,32}")
_LOCALES = frozenset((
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
))  # fmt: skip


def chat_name(name: str) -> str:
    """Return the name of a slash command or an option if it is one."""
    if name != name.lower() or not _NAME.fullmatch(name):
        raise PydanticCustomError("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    return name


def _known_locales(texts: dict[str, str]) -> dict[str, str]:
    unknown = next((it for it in texts if it not in _LOCALES), None)
    if unknown is not None:
        message = "Value of field must be one of the supported locales, not '{locale}'."
        raise PydanticCustomError("BASE_TYPE_CHOICES", message, {"locale": unknown})
    return texts


def _chat_names(names: dict[str, str]) -> dict[str, str]:
    for name in names.values():
        chat_name(name)
    return names


NameTexts = Annotated[dict[str, Annotated[str, text(1, 32)]], AfterValidator(_known_locales)]
ChatNameTexts = Annotated[NameTexts, AfterValidator(_chat_names)]
LongTexts = Annotated[dict[str, Annotated[str, text(1, 100)]], AfterValidator(_known_locales)]


class Choice(Form):
    """One of the values that an option is limited to."""

    name: Annotated[str, text(1, 100)]
    name_localizations: LongTexts | None = None
    value: Annotated[str, Field(max_length=100)] | int | float


def _distinct(choices: list[Choice]) -> list[Choice]:
    if len({it.name for it in choices}) < len(choices):
        raise PydanticCustomError(
            "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", "Choice name already exists"
        )
    if len({it.value for it in choices}) < len(choices):
        message = "Choice value already exists"
        raise PydanticCustomError("APPLICATION_COMMAND_OPTIONS_CHOICE_VALUE_ALREADY_EXISTS", message)
    return choices


def _ordered(options: list[Option]) -> list[Option]:
    optional = False
    for option in options:
        if option.required and optional:
            raise PydanticCustomError(
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional = optional or not option.required
    if len({it.name for it in options}) < len(options):
        raise PydanticCustomError("APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
    kinds = {it.type <= GROUP for it in options}
    if len(kinds) > 1:
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        raise PydanticCustomError("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    return options


_Bound = Annotated[int | float, Field(ge=-_LARGEST_NUMBER, le=_LARGEST_NUMBER)]


class Option(Form):
    """An option of a slash command, or a sub-command, or a group of these."""

    type: Annotated[int, Field(ge=1, le=11)]
    name: Annotated[str, text(1, 32), AfterValidator(chat_name)]
    name_localizations: ChatNameTexts | None = None
    description: Annotated[str, text(1, 100)]
    description_localizations: LongTexts | None = None
    required: bool | None = None
    autocomplete: bool | None = None
    choices: Annotated[list[Choice], Field(max_length=25), AfterValidator(_distinct)] | None = None
    options: Options | None = None
    channel_types: list[Annotated[int, Field(ge=0, le=16)]] | None = None
    min_value: _Bound | None = None
    max_value: _Bound | None = None
    min_length: Annotated[int, Field(ge=0, le=6000)] | None = None
    max_length: Annotated[int, Field(ge=1, le=6000)] | None = None

    @field_validator("choices", "autocomplete")
    @classmethod
    def _is_typed(cls, value: Any, info: ValidationInfo) -> Any:
        if value and info.data.get("type") not in _FILLED_BY_TYPING:
            raise _not_for_this_type()
        if value and info.field_name == "choices" and info.data.get("autocomplete"):
            message = "Choices and autocomplete are mutually exclusive"
            raise PydanticCustomError("APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_INVALID", message)
        return value

    @field_validator("choices")
    @classmethod
    def _are_of_its_type(cls, choices: list[Choice] | None, info: ValidationInfo) -> list[Choice] | None:
        fitting = _VALUES.get(info.data.get("type", 0), (str, int, float))
        if any(not isinstance(it.value, fitting) for it in choices or []):
            raise PydanticCustomError("BASE_TYPE_BAD_TYPE", "Choice values must be of the type of the option")
        return choices

    @field_validator("options")
    @classmethod
    def _is_a_level(cls, options: list[Option] | None, info: ValidationInfo) -> list[Option] | None:
        kind = info.data.get("type")
        wrong = {
            SUB_COMMAND: any(it.type <= GROUP for it in options or []),
            GROUP: any(it.type != SUB_COMMAND for it in options or []),
        }.get(kind or 0, bool(options))
        if wrong:
            raise _not_for_this_type()
        return options

    @field_validator("channel_types", "min_value", "max_value", "min_length", "max_length")
    @classmethod
    def _has_such_a_bound(cls, value: Any, info: ValidationInfo) -> Any:
        name = info.field_name or ""
        kinds = (CHANNEL,) if name == "channel_types" else (STRING,) if name.endswith("length") else _NUMBERS
        if value is not None and info.data.get("type") not in kinds:
            raise _not_for_this_type()
        least = info.data.get(name.replace("max_", "min_"))
        if name.startswith("max_") and value is not None and least is not None and value < least:
            message = "Value should be greater than or equal to {least}."
            raise PydanticCustomError("NUMBER_TYPE_MIN", message, {"least": least})
        return value

    def size(self) -> int:
        """Return how many characters count towards the limit of a command."""
        own = len(self.name) + len(self.description)
        chosen = sum(len(it.name) + len(str(it.value)) for it in self.choices or [])
        return own + chosen + sum(it.size() for it in self.options or [])


Options = Annotated[list[Option], Field(max_length=25), AfterValidator(_ordered)]
Option.model_rebuild()


def _not_for_this_type() -> PydanticCustomError:
    return PydanticCustomError("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Not valid for an option of this type")
