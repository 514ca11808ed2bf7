"""What a server sets of tickets, and the shapes of categories and panels: checked alike for commands and imports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from guildbase.core.errors import InvalidInput
from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.i18n import _
from guildbase.core.validators import ChannelId, Emoji, RoleId
from guildbase.features.tickets.kinds import MAX_NAME, MAX_QUESTIONS, TicketKind
from guildbase.features.tickets.models import MAX_TEXT, TicketCategory, TicketPanel

MAX_ANSWER = 1000
MAX_STAFF_ROLES = 10
MAX_ON_PANEL = 25
"""Discord's limit of buttons on a message, and of options in a menu."""
ShapeT = TypeVar("ShapeT", bound=BaseModel)
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00\r\n]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]


class TicketSettings(FeatureSettings):
    """What a server sets of tickets."""

    log_channel: ChannelId | None = Field(
        default=None, description="Where closed tickets are told of, with their transcripts."
    )
    alert_channel: ChannelId | None = Field(
        default=None, description="Where the staff is warned of tickets that are late; by default in the ticket."
    )
    transcript_to_opener: bool = Field(
        default=True, description="Whether people get the transcript of their ticket by direct message."
    )
    ask_for_rating: bool = Field(default=True, description="Whether people are asked how they were helped.")


class Shape(BaseModel):
    """Base of what is checked alike from a command, the API and an import."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(Shape):
    """One field of the form that is filled in before a ticket is opened."""

    label: Line = Field(min_length=1, max_length=45)
    placeholder: Line = Field(default="", max_length=100)
    is_long: bool = False
    is_required: bool = True


class CategoryShape(Shape):
    """One sort of tickets."""

    name: Line = Field(min_length=1, max_length=MAX_NAME)
    description: Line = Field(default="", max_length=100)
    emoji: Emoji | None = None
    kind: TicketKind = TicketKind.CHANNEL
    parent_id: ChannelId | None = None
    naming: Line = Field(default="{category}-{number}", min_length=1, max_length=MAX_NAME)
    greeting: Text = Field(default="", max_length=MAX_TEXT)
    questions: tuple[Question, ...] = Field(default=(), max_length=MAX_QUESTIONS)
    open_limit: int = Field(default=1, ge=1, le=20)
    response_minutes: int | None = Field(default=None, ge=1, le=525_600)
    resolution_minutes: int | None = Field(default=None, ge=1, le=525_600)
    auto_close_hours: int | None = Field(default=None, ge=1, le=8_760)
    staff_roles: tuple[RoleId, ...] = Field(default=(), max_length=MAX_STAFF_ROLES)

    @field_validator("questions")
    @classmethod
    def _each_once(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        if len({question.label for question in questions}) < len(questions):
            raise ValueError(_("Two questions are the same."))
        return questions

    @classmethod
    def of(cls, row: TicketCategory, staff_roles: frozenset[int]) -> Self:
        """Return the shape of a stored category."""
        columns = {name: getattr(row, name) for name in COLUMNS}
        questions = row.form.get("questions", ())
        return cls(**columns, emoji=row.emoji or None, questions=questions, staff_roles=tuple(sorted(staff_roles)))

    def columns(self) -> dict[str, Any]:
        """Return what its row holds."""
        questions = [question.model_dump() for question in self.questions]
        columns = {name: getattr(self, name) for name in COLUMNS}
        return {**columns, "emoji": self.emoji or "", "form": {"questions": questions} if questions else {}}


COLUMNS = frozenset(CategoryShape.model_fields) - {"emoji", "questions", "staff_roles"}


class PanelShape(Shape):
    """A message from which people open tickets."""

    channel_id: ChannelId
    title: Line = Field(min_length=1, max_length=100)
    description: Text = Field(default="", max_length=MAX_TEXT)
    is_menu: bool = False
    categories: tuple[str, ...] = Field(min_length=1, max_length=MAX_ON_PANEL)
    """Names of the categories, in their order."""

    @field_validator("categories")
    @classmethod
    def _each_once(cls, categories: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(categories))

    @classmethod
    def of(cls, row: TicketPanel, categories: tuple[str, ...]) -> Self:
        """Return the shape of a stored panel; one whose categories are all archived offers nothing."""
        values = {name: getattr(row, name) for name in ("channel_id", "title", "description", "is_menu")}
        return cls.model_construct(**values, categories=categories)


def checked(shape: type[ShapeT], values: Mapping[str, Any]) -> ShapeT:
    """Return the values as such a shape; InvalidInput says all that is wrong with them."""
    try:
        return shape.model_validate(dict(values))
    except ValidationError as error:
        problems = {".".join(map(str, it["loc"])): str(it["msg"]) for it in error.errors(include_url=False)}
        told = "; ".join(f"{where}: {what}" for where, what in problems.items())
        raise InvalidInput(
            _("This cannot be taken: {problems}", problems=told[:500]),
            hint=_("Correct it and try again."),
            problems=problems,
        ) from error


def checked_answers(form: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers to the questions of the form, in its order.

    Raises:
        InvalidInput: a question that needs an answer has none, or an answer is too long.
    """
    found, problems = {}, {}
    for question in form.get("questions", ()):
        label = question["label"]
        answer = answers.get(label, "").strip().replace("\x00", "")
        if not answer and question["is_required"]:
            problems[label] = _("It needs an answer.")
        if len(answer) > MAX_ANSWER:
            problems[label] = _("It is longer than {most} characters.", most=MAX_ANSWER)
        if answer:
            found[label] = answer
    if problems:
        told = " ".join(f"{label}: {problem}" for label, problem in problems.items())
        raise InvalidInput(told, hint=_("Fill in the form again."), problems=problems)
    return found
