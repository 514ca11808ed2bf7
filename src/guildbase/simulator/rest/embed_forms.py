"""Embeds as bots send them, with Discord's limits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from guildbase.simulator.errors import Json
from guildbase.simulator.rest.components import well_formed
from guildbase.simulator.rest.forms import Form, text

_TOTAL = 6000


def _address(url: str) -> str:
    return well_formed(url, ("http", "https", "attachment"))


def _link(url: str) -> str:
    return well_formed(url, ("http", "https"))


Address = Annotated[str, Field(max_length=2048), AfterValidator(_address)]


class _Field(Form):
    name: Annotated[str, text(1, 256)]
    value: Annotated[str, text(1, 1024)]
    inline: bool | None = False


class _Footer(Form):
    text: Annotated[str, Field(max_length=2048)]
    icon_url: Address | None = None


class _Author(Form):
    name: Annotated[str, text(1, 256)]
    url: Annotated[str, AfterValidator(_link)] | None = None
    icon_url: Address | None = None


class _Picture(Form):
    url: Address


class Embed(Form):
    """A box of text and pictures under a message."""

    title: Annotated[str, Field(max_length=256)] | None = None
    url: Annotated[str, AfterValidator(_link)] | None = None
    timestamp: str | None = None
    color: Annotated[int, Field(ge=0, le=0xFFFFFF)] | None = None
    footer: _Footer | None = None
    image: _Picture | None = None
    thumbnail: _Picture | None = None
    author: _Author | None = None
    fields: Annotated[list[_Field], Field(max_length=25)] | None = None
    description: Annotated[str | None, Field(max_length=4096, validate_default=True)] = None

    @field_validator("timestamp")
    @classmethod
    def _is_a_time(cls, value: str | None) -> str | None:
        try:
            return None if value is None else datetime.fromisoformat(value).isoformat()
        except ValueError:
            message = "Could not parse. Should be ISO8601."
            raise PydanticCustomError("DATE_TIME_TYPE_PARSE", message) from None

    @field_validator("description")
    @classmethod
    def _something_is_in_it(cls, description: str | None, info: ValidationInfo) -> str | None:
        if not description and not any(info.data.get(name) for name in _SHOWN) and len(info.data) == _BEFORE:
            raise PydanticCustomError("BASE_TYPE_REQUIRED", "This field is required")
        return description

    def size(self) -> int:
        """Return how many characters count towards the limit of a message."""
        shown = [self.title, self.description]
        shown += [self.footer.text if self.footer else None, self.author.name if self.author else None]
        shown += [part for field in self.fields or [] for part in (field.name, field.value)]
        return sum(len(it) for it in shown if it)

    def rendered(self) -> Json:
        """Return the embed as it appears on the message."""
        return {"type": "rich"} | self.model_dump(exclude_none=True)


_SHOWN = ("title", "footer", "image", "thumbnail", "author", "fields")
# Only if all fields before it were right is it known that nothing is in the embed.
_BEFORE = len(Embed.model_fields) - 1


def _within_total(embeds: list[Embed]) -> list[Embed]:
    if sum(it.size() for it in embeds) > _TOTAL:
        raise PydanticCustomError("MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    return embeds


Embeds = Annotated[list[Embed], Field(max_length=10), AfterValidator(_within_total)]
