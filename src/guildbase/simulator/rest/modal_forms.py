"""Forms that the bot opens (modals): texts, and fields under labels or, as they were once, in rows.

Source: https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from guildbase.simulator.errors import Json
from guildbase.simulator.rest.components import (
    Component,
    CustomId,
    ObjectMenu,
    Option,
    StringMenu,
    TextDisplay,
    doubles,
    numbered,
)
from guildbase.simulator.rest.forms import Form, tag_of_type, text


class TextInput(Component):
    """A field for a line (style 1) or a paragraph (style 2)."""

    type: Literal[4]
    custom_id: CustomId
    style: Annotated[int, Field(ge=1, le=2)]
    label: Annotated[str, text(1, 45)] | None = None
    min_length: Annotated[int, Field(ge=0, le=4000)] | None = None
    max_length: Annotated[int, Field(ge=1, le=4000)] | None = None
    required: bool | None = None
    value: Annotated[str, Field(max_length=4000)] | None = None
    placeholder: Annotated[str, Field(max_length=100)] | None = None

    @field_validator("max_length")
    @classmethod
    def _not_under_the_minimum(cls, most: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("min_length")
        if most is not None and least is not None and most < least:
            message = "Value should be greater than or equal to {least}."
            raise PydanticCustomError("NUMBER_TYPE_MIN", message, {"least": least})
        return most

    @field_validator("value")
    @classmethod
    def _short_enough(cls, value: str | None, info: ValidationInfo) -> str | None:
        most = info.data.get("max_length")
        if value is not None and most is not None and len(value) > most:
            message = "Must be {most} or fewer in length."
            raise PydanticCustomError("BASE_TYPE_MAX_LENGTH", message, {"most": most})
        return value


class _LabelledTextInput(TextInput):
    @field_validator("label")
    @classmethod
    def _is_labelled_already(cls, label: str | None) -> str | None:
        if label is not None:
            raise PydanticCustomError("TEXT_INPUT_LABEL_NOT_ALLOWED", "The label belongs to the label component")
        return label


class _RowTextInput(TextInput):
    label: Annotated[str, text(1, 45)]


class _Group(Component):
    custom_id: CustomId
    required: bool | None = None


class FileUpload(_Group):
    """A field for up to ten files."""

    type: Literal[19]
    min_values: Annotated[int, Field(ge=0, le=10)] | None = None
    max_values: Annotated[int, Field(ge=1, le=10)] | None = None


class RadioGroup(_Group):
    """A choice of one."""

    type: Literal[21]
    options: Annotated[list[Option], Field(min_length=2, max_length=10)]


class CheckboxGroup(_Group):
    """A choice of several."""

    type: Literal[22]
    options: Annotated[list[Option], Field(min_length=1, max_length=10)]
    min_values: Annotated[int, Field(ge=0, le=10)] | None = None
    max_values: Annotated[int, Field(ge=1, le=10)] | None = None


class Checkbox(Component):
    """A box to tick."""

    type: Literal[23]
    custom_id: CustomId
    default: bool | None = None


class Label(Component):
    """A field with what it is called."""

    type: Literal[18]
    label: Annotated[str, text(1, 45)]
    description: Annotated[str, text(1, 100)] | None = None
    component: Annotated[
        Annotated[_LabelledTextInput, Tag("~4")]
        | Annotated[StringMenu, Tag("~3")]
        | Annotated[ObjectMenu, Tag("~5")]
        | Annotated[ObjectMenu, Tag("~6")]
        | Annotated[ObjectMenu, Tag("~7")]
        | Annotated[ObjectMenu, Tag("~8")]
        | Annotated[FileUpload, Tag("~19")]
        | Annotated[RadioGroup, Tag("~21")]
        | Annotated[CheckboxGroup, Tag("~22")]
        | Annotated[Checkbox, Tag("~23")],
        Discriminator(tag_of_type),
    ]


class _Row(Component):
    type: Literal[1]
    components: Annotated[list[_RowTextInput], Field(min_length=1, max_length=1)]


class _Modal(Form):
    custom_id: CustomId
    title: Annotated[str, text(1, 45)]
    components: Annotated[
        list[
            Annotated[
                Annotated[_Row, Tag("~1")] | Annotated[TextDisplay, Tag("~10")] | Annotated[Label, Tag("~18")],
                Discriminator(tag_of_type),
            ]
        ],
        Field(min_length=1, max_length=5),
    ]


class ModalCallback(Form):
    """The answer to an interaction that opens a form."""

    data: _Modal

    def rendered(self) -> Json:
        """Return the form as a client gets it; raise Invalid Form Body for custom ids that occur twice."""
        problem = doubles(self.data.components, ("data", "components"))
        if problem is not None:
            raise problem
        fields = numbered(self.data.components)
        return {"custom_id": self.data.custom_id, "title": self.data.title, "components": fields}
