"""Application commands as bots register them, with Discord's rules for names, descriptions and options."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from guildbase.simulator.rest.forms import Form, text

CHAT_INPUT = 1
_NAME = re.compile(r"[-_'\w\u0900-\u097F\u0E00-\u0E7F]{1,32}")


def _chat_name(name: str) -> str:
    if name != name.lower() or not _NAME.fullmatch(name):
        raise PydanticCustomError("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    return name


class _Choice(Form):
    name: Annotated[str, text(1, 100)]
    name_localizations: dict[str, str] | None = None
    value: str | int | float


def _ordered(options: list[_Option]) -> list[_Option]:
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
    return options


Options = Annotated[list["_Option"], Field(max_length=25), AfterValidator(_ordered)]


class _Option(Form):
    type: Annotated[int, Field(ge=1, le=11)]
    name: Annotated[str, text(1, 32), AfterValidator(_chat_name)]
    description: Annotated[str, text(1, 100)]
    required: bool = False
    choices: Annotated[list[_Choice], Field(max_length=25)] | None = None
    options: Options = Field(default_factory=list)
    channel_types: list[int] | None = None
    min_value: int | float | None = None
    max_value: int | float | None = None
    min_length: int | None = None
    max_length: int | None = None
    autocomplete: bool | None = None
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None


class CommandForm(Form):
    """A command to register."""

    model_config = ConfigDict(extra="allow")

    type: int = CHAT_INPUT
    name: Annotated[str, text(1, 32)]
    description: Annotated[str, Field(max_length=100, validate_default=True)] = ""
    options: Options = Field(default_factory=list)
    default_member_permissions: int | None = None
    dm_permission: bool | None = None
    nsfw: bool | None = None

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str, info: ValidationInfo) -> str:
        return _chat_name(name) if info.data.get("type") == CHAT_INPUT else name

    @field_validator("description")
    @classmethod
    def _check_description(cls, description: str, info: ValidationInfo) -> str:
        if info.data.get("type") == CHAT_INPUT and not description:
            raise PydanticCustomError("BASE_TYPE_REQUIRED", "This field is required")
        return description

    def extra_fields(self) -> dict[str, Any]:
        """Return what is only handed back: translations, contexts, integration types."""
        return dict(self.model_extra or {})


class CommandChanges(Form):
    """The changes of an edit; only the fields given count."""

    name: Annotated[str, text(1, 32), AfterValidator(_chat_name)] | None = None
    description: Annotated[str, text(1, 100)] | None = None
    options: Options = Field(default_factory=list)
    default_member_permissions: int | None = None
    dm_permission: bool = True
    nsfw: bool = False
