"""What a window may ask for. Each request has an id, which its answer repeats, and says in `do` what is wanted."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from guildbase.simulator.errors import Json

Id = Annotated[int, Field(ge=0, lt=1 << 63)]
"""An id of Discord's, which the page sends as text because its numbers are too small for it."""
Words = Annotated[str, Field(max_length=200)]
Value = str | int | float | bool | list[str]


class Request(BaseModel):
    """What all requests have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int


def _encoded(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    return text


class File(BaseModel):
    """A file that a person uploads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=260)]
    base64: Annotated[str, AfterValidator(_encoded)]

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return base64.b64decode(self.base64)


class ListPeople(Request):
    """Find people whom one may be: all whose name begins with the words."""

    do: Literal["people"]
    words: Words = ""


class Enter(Request):
    """Be the person of that user name or id from now on."""

    do: Literal["enter"]
    person: Words


class ShowGuild(Request):
    """Look at a guild; from now on its changes are told."""

    do: Literal["guild"]
    guild_id: Id


class OpenChannel(Request):
    """Read a channel; from now on its messages are told. With `before` only older messages are returned."""

    do: Literal["channel"]
    channel_id: Id
    before: Id | None = None


class OpenDirect(Request):
    """Open the direct conversation with the bot."""

    do: Literal["direct"]


class FindMembers(Request):
    """Find members of a guild (people of the world without one) whose name contains the words."""

    do: Literal["members"]
    guild_id: Id | None = None
    words: Words = ""


class FindPlaces(Request):
    """Find guilds and channels whose name contains the words."""

    do: Literal["places"]
    words: Words = ""


class ListCommands(Request):
    """List the commands that the person is shown in a channel."""

    do: Literal["commands"]
    channel_id: Id


class Write(Request):
    """Write a message."""

    do: Literal["write"]
    channel_id: Id
    content: Annotated[str, Field(max_length=10_000)]
    reply_to: Id | None = None
    files: Annotated[list[File], Field(max_length=10)] = []


class CallApi(Request):
    """Do by hand what the API offers, in the person's own name: edit, delete, react, pin, ban and so on."""

    do: Literal["api"]
    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    path: Annotated[str, Field(pattern=r"^/[^?#]*$", max_length=500)]
    body: Json | None = None


class UseCommand(Request):
    """Use a slash command, or with `target_id` one from a context menu."""

    do: Literal["command"]
    channel_id: Id
    name: Words
    options: dict[str, Value | File] = {}
    type: Literal[1, 2, 3] = 1
    target_id: Id | None = None


class Complete(Request):
    """Ask the bot what it suggests for the last of the options."""

    do: Literal["complete"]
    channel_id: Id
    name: Words
    options: Annotated[dict[str, Value], Field(min_length=1)]


class UseComponent(Request):
    """Press a button, or choose from a menu."""

    do: Literal["component"]
    channel_id: Id
    message_id: Id
    custom_id: Words
    values: list[str] | None = None


class SubmitForm(Request):
    """Send off the form that the bot opened as the answer to an interaction."""

    do: Literal["submit"]
    interaction_id: Id
    values: dict[str, Value | list[File]]


class Vote(Request):
    """Vote in a poll; no answers take the vote back."""

    do: Literal["vote"]
    channel_id: Id
    message_id: Id
    answers: list[int]


AnyRequest = (
    ListPeople | Enter | ShowGuild | OpenChannel | OpenDirect | FindMembers | FindPlaces | ListCommands
    | Write | CallApi | UseCommand | Complete | UseComponent | SubmitForm | Vote
)  # fmt: skip
REQUEST: TypeAdapter[AnyRequest] = TypeAdapter(Annotated[AnyRequest, Field(discriminator="do")])
