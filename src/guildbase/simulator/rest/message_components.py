"""The layout of a message: rows of buttons and menus, and with the flag IS_COMPONENTS_V2 texts, media and boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator
from pydantic_core import PydanticCustomError

from guildbase.simulator.errors import DiscordError, invalid_form
from guildbase.simulator.rest.components import (
    Button,
    Component,
    ObjectMenu,
    Path,
    StringMenu,
    TextDisplay,
    doubles,
    walk,
    well_formed,
)
from guildbase.simulator.rest.forms import Form, tag_of_type, text

_MOST_PARTS, _MOST_TEXT, _MOST_ROWS, _ROW_WIDTH = 40, 4000, 5, 5
_ROW = 1

Pressed = Annotated[
    Annotated[Button, Tag("~2")]
    | Annotated[StringMenu, Tag("~3")]
    | Annotated[ObjectMenu, Tag("~5")]
    | Annotated[ObjectMenu, Tag("~6")]
    | Annotated[ObjectMenu, Tag("~7")]
    | Annotated[ObjectMenu, Tag("~8")],
    Discriminator(tag_of_type),
]


class Row(Component):
    """Up to five buttons side by side, or one menu."""

    type: Literal[1]
    components: Annotated[list[Pressed], Field(min_length=1, max_length=_ROW_WIDTH)]

    @field_validator("components")
    @classmethod
    def _fits(cls, parts: list[Component]) -> list[Component]:
        if len(parts) > 1 and any(not isinstance(it, Button) for it in parts):
            message = "The specified component exceeds the maximum width"
            raise PydanticCustomError("COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)
        return parts


class Media(Form):
    """A picture or film by its URL, or an upload of the same message as `attachment://name`."""

    url: Annotated[str, Field(max_length=2048)]

    @field_validator("url")
    @classmethod
    def _leads_somewhere(cls, url: str) -> str:
        return well_formed(url, ("http", "https", "attachment"))


class Upload(Form):
    """An upload of the same message."""

    url: Annotated[str, Field(max_length=2048)]

    @field_validator("url")
    @classmethod
    def _is_an_upload(cls, url: str) -> str:
        return well_formed(url, ("attachment",))


Description = Annotated[str, text(1, 1024)]


class Thumbnail(Component):
    """A small picture beside a text."""

    type: Literal[11]
    media: Media
    description: Description | None = None
    spoiler: bool | None = False


class Section(Component):
    """One to three texts with a button or a picture beside them."""

    type: Literal[9]
    components: Annotated[list[TextDisplay], Field(min_length=1, max_length=3)]
    accessory: Annotated[Annotated[Button, Tag("~2")] | Annotated[Thumbnail, Tag("~11")], Discriminator(tag_of_type)]


class _GalleryItem(Form):
    media: Media
    description: Description | None = None
    spoiler: bool | None = False


class Gallery(Component):
    """Up to ten pictures."""

    type: Literal[12]
    items: Annotated[list[_GalleryItem], Field(min_length=1, max_length=10)]


class File(Component):
    """An upload shown as a file."""

    type: Literal[13]
    file: Upload
    spoiler: bool | None = False


class Separator(Component):
    """Space between others, with a line or without."""

    type: Literal[14]
    spacing: Literal[1, 2] = 1
    divider: bool = True


class Container(Component):
    """A box with a coloured edge."""

    type: Literal[17]
    accent_color: Annotated[int, Field(ge=0, le=0xFFFFFF)] | None = None
    spoiler: bool | None = False
    components: Annotated[
        list[
            Annotated[
                Annotated[Row, Tag("~1")]
                | Annotated[Section, Tag("~9")]
                | Annotated[TextDisplay, Tag("~10")]
                | Annotated[Gallery, Tag("~12")]
                | Annotated[File, Tag("~13")]
                | Annotated[Separator, Tag("~14")],
                Discriminator(tag_of_type),
            ]
        ],
        Field(min_length=1, max_length=_MOST_PARTS),
    ]


MessageComponent = Annotated[
    Annotated[Row, Tag("~1")]
    | Annotated[Section, Tag("~9")]
    | Annotated[TextDisplay, Tag("~10")]
    | Annotated[Gallery, Tag("~12")]
    | Annotated[File, Tag("~13")]
    | Annotated[Separator, Tag("~14")]
    | Annotated[Container, Tag("~17")],
    Discriminator(tag_of_type),
]


def check_layout(components: Sequence[Component], at: Path, *, free: bool) -> None:
    """Raise Invalid Form Body for what a message cannot hold; `free` is a layout with IS_COMPONENTS_V2."""
    problem = doubles(components, at) or (_too_much(components, at) if free else _no_rows(components, at))
    if problem is not None:
        raise problem


def _no_rows(components: Sequence[Component], at: Path) -> DiscordError | None:
    for index, one in enumerate(components):
        if one.type != _ROW:
            message = 'Value of field "type" must be one of (1,).'
            return invalid_form((*at, index, "type"), "UNION_TYPE_CHOICES", message)
    if len(components) > _MOST_ROWS:
        return invalid_form(at, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_MOST_ROWS} in length.")
    return None


def _too_much(components: Sequence[Component], at: Path) -> DiscordError | None:
    parts = [one for _, one in walk(components, at)]
    if len(parts) > _MOST_PARTS:
        message = f"The total number of components cannot exceed {_MOST_PARTS}"
        return invalid_form(at, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", message)
    if sum(len(one.content) for one in parts if isinstance(one, TextDisplay)) > _MOST_TEXT:
        message = f"The total text size cannot exceed {_MOST_TEXT}"
        return invalid_form(at, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
    return None
