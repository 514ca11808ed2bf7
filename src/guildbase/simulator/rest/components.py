"""Components that people press and fill in, as bots send them: shared by messages and forms.

Source: https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from guildbase.simulator.errors import DiscordError, Json, invalid_forms
from guildbase.simulator.rest.forms import Form, text

Path = tuple[str | int, ...]
Snowflake = Annotated[int, Field(ge=0, lt=1 << 63), PlainSerializer(str)]
CustomId = Annotated[str, text(1, 100)]
_PREMIUM, _LINK = 6, 5


class Component(Form):
    """Anything with a type; the numeric id tells it from the others of its message."""

    type: int
    id: Annotated[int, Field(ge=0, lt=1 << 31)] | None = None

    def rendered(self) -> Json:
        """Return the component as Discord hands it back, without what was not given."""
        return self.model_dump(exclude_none=True)


class Emoji(Form):
    """An emoji on a button or an option: a character, or the id of a custom one."""

    id: Snowflake | None = None
    name: Annotated[str | None, Field(max_length=32, validate_default=True)] = None
    animated: bool | None = None

    @field_validator("name")
    @classmethod
    def _is_an_emoji(cls, name: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("id") is None and (not name or name.isascii()):
            raise PydanticCustomError("COMPONENT_INVALID_EMOJI", "Invalid emoji")
        return name


class Button(Component):
    """A button: one that starts an interaction, a link, or an offer."""

    type: Literal[2]
    style: Annotated[int, Field(ge=1, le=6)]
    disabled: bool | None = None
    emoji: Emoji | None = None
    url: Annotated[str | None, Field(max_length=512, validate_default=True)] = None
    sku_id: Annotated[Snowflake | None, Field(validate_default=True)] = None
    custom_id: Annotated[CustomId | None, Field(validate_default=True)] = None
    label: Annotated[str | None, Field(max_length=80, validate_default=True)] = None

    @field_validator("url")
    @classmethod
    def _links_lead_somewhere(cls, url: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("style") == _LINK and not url:
            raise PydanticCustomError("BUTTON_COMPONENT_URL_REQUIRED", "A url is required")
        return url if url is None else well_formed(url, ("http", "https", "discord"))

    @field_validator("sku_id")
    @classmethod
    def _offers_name_their_sku(cls, sku_id: int | None, info: ValidationInfo) -> int | None:
        if (info.data.get("style") == _PREMIUM) != (sku_id is not None):
            raise PydanticCustomError("BUTTON_COMPONENT_SKU_ID_REQUIRED", "A sku id goes with the premium style only")
        return sku_id

    @field_validator("custom_id")
    @classmethod
    def _others_have_a_custom_id(cls, custom_id: str | None, info: ValidationInfo) -> str | None:
        style, url = info.data.get("style"), info.data.get("url")
        if custom_id is not None and (url is not None or style in (_LINK, _PREMIUM)):
            raise PydanticCustomError(
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be specified"
            )
        if custom_id is None and style in (1, 2, 3, 4):
            raise PydanticCustomError("BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required")
        return custom_id

    @field_validator("label")
    @classmethod
    def _something_is_on_it(cls, label: str | None, info: ValidationInfo) -> str | None:
        if not label and info.data.get("emoji") is None and info.data.get("style") != _PREMIUM:
            raise PydanticCustomError("BASE_TYPE_REQUIRED", "This field is required")
        return label


class Option(Form):
    """A line of a menu, or of a group of boxes."""

    label: Annotated[str, text(1, 100)]
    value: Annotated[str, text(1, 100)]
    description: Annotated[str, Field(max_length=100)] | None = None
    emoji: Emoji | None = None
    default: bool | None = None


class Menu(Component):
    """What menus have in common. In messages `required` means nothing."""

    custom_id: CustomId
    placeholder: Annotated[str, Field(max_length=150)] | None = None
    min_values: Annotated[int, Field(ge=0, le=25)] = 1
    max_values: Annotated[int, Field(ge=1, le=25)] = 1
    disabled: bool | None = None
    required: bool | None = None

    @field_validator("min_values", "max_values", mode="before")
    @classmethod
    def _one_unless_given(cls, value: object) -> object:
        return 1 if value is None else value

    @field_validator("max_values")
    @classmethod
    def _not_under_the_minimum(cls, most: int, info: ValidationInfo) -> int:
        if most < info.data.get("min_values", 0):
            raise PydanticCustomError(
                "NUMBER_TYPE_MIN",
                "Value should be greater than or equal to {least}.",
                {"least": info.data["min_values"]},
            )
        return most


class StringMenu(Menu):
    """A menu of the bot's own options."""

    type: Literal[3]
    options: Annotated[list[Option], Field(min_length=1, max_length=25)]

    @field_validator("options")
    @classmethod
    def _enough_to_choose_from(cls, options: list[Option], info: ValidationInfo) -> list[Option]:
        wanted = info.data.get("max_values", 1)
        if len(options) < wanted:
            raise PydanticCustomError(
                "BASE_TYPE_BAD_LENGTH", "Must be between {wanted} and 25 in length.", {"wanted": wanted}
            )
        return options


class _Chosen(Form):
    id: Snowflake
    type: Literal["user", "role", "channel"]


class ObjectMenu(Menu):
    """A menu of users, roles, both, or channels."""

    type: Literal[5, 6, 7, 8]
    channel_types: list[int] | None = None
    default_values: Annotated[list[_Chosen], Field(max_length=25)] | None = None

    @field_validator("default_values")
    @classmethod
    def _of_the_kinds_it_offers(cls, chosen: list[_Chosen] | None, info: ValidationInfo) -> list[_Chosen] | None:
        offered = {5: ("user",), 6: ("role",), 7: ("user", "role"), 8: ("channel",)}.get(info.data.get("type", 0), ())
        if any(it.type not in offered for it in chosen or []):
            raise PydanticCustomError("SELECT_COMPONENT_INVALID_DEFAULT_VALUE", "The default values are not valid")
        if len(chosen or []) > info.data.get("max_values", 25):
            raise PydanticCustomError(
                "BASE_TYPE_MAX_LENGTH", "Must be {most} or fewer in length.", {"most": info.data["max_values"]}
            )
        return chosen


class TextDisplay(Component):
    """Plain text in Markdown."""

    type: Literal[10]
    content: Annotated[str, text(1, 4000)]


def well_formed(url: str, schemes: tuple[str, ...]) -> str:
    """Return the URL if it has one of the schemes and something behind it."""
    scheme, mark, rest = url.partition("://")
    if not mark or not rest or " " in url:
        raise PydanticCustomError("URL_TYPE_INVALID_URL", "Not a well formed URL.")
    if scheme.lower() not in schemes:
        allowed = ", ".join(f"'{it}'" for it in schemes)
        raise PydanticCustomError(
            "URL_TYPE_INVALID_SCHEME",
            'Scheme "{scheme}" is not supported. Scheme must be one of ({allowed}).',
            {"scheme": scheme, "allowed": allowed},
        )
    return url


def walk(components: Sequence[Component], at: Path) -> Iterator[tuple[Path, Component]]:
    """Yield every component with its place, outer ones before what they hold."""
    for index, one in enumerate(components):
        yield from _walk_one(one, (*at, index))


def _walk_one(one: Component, at: Path) -> Iterator[tuple[Path, Component]]:
    yield at, one
    for name in ("components", "accessory", "component"):
        inner = getattr(one, name, None)
        if isinstance(inner, Component):
            yield from _walk_one(inner, (*at, name))
        elif inner:
            yield from walk(inner, (*at, name))


def doubles(components: Sequence[Component], at: Path) -> DiscordError | None:
    """Return the error for custom ids, or values of one menu, that occur twice; None if there are none."""
    problems: list[tuple[Path, str, str]] = []
    seen: set[str] = set()
    for path, one in walk(components, at):
        custom_id = getattr(one, "custom_id", None)
        if custom_id in seen:
            message = "Component custom id cannot be duplicated"
            problems.append(((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message))
        seen |= set() if custom_id is None else {custom_id}
        values: set[str] = set()
        for index, option in enumerate(getattr(one, "options", ())):
            if option.value in values:
                message = "The specified option value is already used"
                problems.append(((*path, "options", index), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message))
            values.add(option.value)
    return invalid_forms(problems) if problems else None


def numbered(components: Sequence[Component]) -> list[Json]:
    """Return the components as sent, each with a numeric id of its own, as Discord hands them back."""
    taken = {one.id for _, one in walk(components, ()) if one.id}
    count = 0
    for _, one in walk(components, ()):
        if not one.id:
            count = next(it for it in range(count + 1, count + len(taken) + 2) if it not in taken)
            one.id = count
    return [it.rendered() for it in components]
