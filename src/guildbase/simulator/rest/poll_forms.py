"""Polls as bots send them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form, text
from guildbase.simulator.world import expressions
from guildbase.simulator.world.entities import Poll, PollAnswer
from guildbase.simulator.world.state import World

_DAY, _LONGEST = 24, 32 * 24


class _Question(Form):
    text: Annotated[str, text(1, 300)]


class _Emoji(Form):
    id: Snowflake | None = None
    name: Annotated[str, Field(max_length=32)] | None = None


class _Media(Form):
    emoji: _Emoji | None = None
    text: Annotated[str | None, Field(min_length=1, max_length=55, validate_default=True)] = None

    @field_validator("text")
    @classmethod
    def _says_something(cls, words: str | None, info: ValidationInfo) -> str | None:
        if words is None and info.data.get("emoji") is None:
            raise PydanticCustomError("BASE_TYPE_REQUIRED", "This field is required")
        return words


class _Answer(Form):
    poll_media: _Media


class PollForm(Form):
    """A poll to be sent in a message; `duration` is in hours."""

    question: _Question
    answers: Annotated[list[_Answer], Field(min_length=1, max_length=10)]
    duration: Annotated[int, Field(ge=1, le=_LONGEST)] | None = None
    allow_multiselect: bool | None = None
    layout_type: Literal[1] | None = None

    def made(self, world: World) -> Poll:
        """Return the poll, running from now on."""
        ends = world.clock.now() + timedelta(hours=self.duration or _DAY)
        answers = [
            PollAnswer(number, it.poll_media.text, _emoji_key(world, it.poll_media.emoji))
            for number, it in enumerate(self.answers, 1)
        ]
        return Poll(self.question.text, answers, ends, allow_multiselect=bool(self.allow_multiselect))


def _emoji_key(world: World, emoji: _Emoji | None) -> str | None:
    if emoji is None:
        return None
    if emoji.id is None:
        return emoji.name
    known = expressions.find_emoji(world, emoji.id)
    return f"{known.name if known else emoji.name or 'emoji'}:{emoji.id}"
