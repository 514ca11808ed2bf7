"""Application commands as bots register them, with Discord's rules for names and descriptions.

Source: https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from guildbase.simulator.permissions import ALL
from guildbase.simulator.rest.forms import Form, distinct, text
from guildbase.simulator.rest.options import LongTexts, NameTexts, Options, chat_name

CHAT_INPUT, ENTRY_POINT = 1, 4
_LARGEST = 8000


def _within_size(options: Options) -> Options:
    if sum(it.size() for it in options) > _LARGEST:
        message = "Command exceeds maximum size ({most})"
        raise PydanticCustomError("APPLICATION_COMMAND_TOO_LARGE", message, {"most": _LARGEST})
    return options


def _unless_null(default: Callable[[], object]) -> BeforeValidator:
    """Return a validator that takes null for a field that was not given."""
    return BeforeValidator(lambda value: default() if value is None else value)


class _Fields(Form):
    name_localizations: NameTexts | None = None
    description_localizations: LongTexts | None = None
    default_member_permissions: Annotated[int, Field(ge=0, le=max(ALL, 1 << 63))] | None = None
    contexts: Annotated[list[Literal[0, 1, 2]], AfterValidator(distinct)] | None = None
    integration_types: Annotated[
        list[Literal[0, 1]], Field(min_length=1), AfterValidator(distinct), _unless_null(lambda: [0])
    ] = [0]  # noqa: RUF012
    dm_permission: Annotated[bool, _unless_null(lambda: True)] = True
    nsfw: Annotated[bool, _unless_null(bool)] = False
    handler: Literal[1, 2] | None = None
    options: Annotated[Options, AfterValidator(_within_size), _unless_null(list)] = Field(default_factory=list)


class CommandForm(_Fields):
    """A command to register."""

    type: Annotated[Literal[1, 2, 3, 4], _unless_null(lambda: CHAT_INPUT)] = 1
    name: Annotated[str, text(1, 32)]
    description: Annotated[str, Field(max_length=100), _unless_null(str)] = Field(default="", validate_default=True)

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str, info: ValidationInfo) -> str:
        return chat_name(name) if info.data.get("type") == CHAT_INPUT else name

    @field_validator("description")
    @classmethod
    def _check_description(cls, description: str, info: ValidationInfo) -> str:
        kind = info.data.get("type")
        if kind == CHAT_INPUT and not description:
            raise PydanticCustomError("BASE_TYPE_REQUIRED", "This field is required")
        if kind != CHAT_INPUT and (description or info.data.get("options")):
            message = "Context menu commands cannot have description"
            raise PydanticCustomError("APPLICATION_COMMAND_INVALID_DESCRIPTION", message)
        return description


class CommandChanges(_Fields):
    """The changes of an edit; only the fields given count."""

    name: Annotated[str, text(1, 32)] | None = None
    description: Annotated[str, Field(max_length=100)] | None = None
