"""What a rule says, as a checked document: one trigger, conditions that must all hold, and effects.

It is stored as JSON, travels through the API and exports as it is, and `version` tells how to read it.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.validators import ChannelId, Duration, Permissions, RoleId, TimeZone, check_duration
from guildbase.features.automod.engine.patterns import pattern_problem
from guildbase.features.automod.kinds import MAX_ENTRY, MAX_NAME, MAX_PATTERN

MANAGE_MESSAGES = 1 << 13
MAX_ENTRIES = 200
"""Most words, domains or patterns that stand in a rule itself; longer ones are lists."""
LONGEST_TIMEOUT = timedelta(days=28)

Count = Annotated[int, Field(ge=1, le=1000)]
Window = Annotated[int, Field(ge=1, le=3600, description="Seconds.")]
Entry = Annotated[str, Field(min_length=1, max_length=MAX_ENTRY)]
Entries = Annotated[tuple[Entry, ...], Field(max_length=MAX_ENTRIES)]
Patterns = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=MAX_PATTERN)], ...], Field(max_length=50)]
ListName = Annotated[str, Field(max_length=MAX_NAME)]
Text = Annotated[str, Field(min_length=1, max_length=1000)]
Roles = Annotated[tuple[RoleId, ...], Field(max_length=50)]
Channels = Annotated[tuple[ChannelId, ...], Field(max_length=50)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


# --- Triggers


class WordsTrigger(_Part):
    """One of these words is in the message."""

    type: Literal["words"] = "words"
    words: Entries = ()
    list: ListName = ""
    whole: bool = True
    """Whether a word stands alone, so that `ass` is not found in `class`."""
    lookalikes: bool = False
    """Whether letters that look alike count as one: `b4d` and `b@d` are `bad`."""
    allowed: Entries = ()
    """Words that are not counted where they are what was found."""


class RegexTrigger(_Part):
    """One of these RE2 patterns is found."""

    type: Literal["regex"] = "regex"
    patterns: Patterns = ()
    list: ListName = ""

    @model_validator(mode="after")
    def _compiles(self) -> RegexTrigger:
        for pattern in self.patterns:
            if problem := pattern_problem(pattern):
                raise ValueError(problem)
        return self


class LinksTrigger(_Part):
    """A link leads to one of these domains, or to any other than these."""

    type: Literal["links"] = "links"
    mode: Literal["block", "allow"] = "block"
    domains: Entries = ()
    """None at all in the mode `block` stands for every link."""
    list: ListName = ""
    allowed: Entries = ()
    """Domains that are welcome all the same."""


class InvitesTrigger(_Part):
    """An invite to another server."""

    type: Literal["invites"] = "invites"
    own_allowed: bool = True
    allowed: Entries = ()
    """Codes of invites that are welcome."""


class MentionsTrigger(_Part):
    """More people and roles are mentioned than this, or everyone."""

    type: Literal["mentions"] = "mentions"
    most: Annotated[int, Field(ge=0, le=100)] = 5
    everyone: bool = False


class SpamTrigger(_Part):
    """So many messages in so many seconds."""

    type: Literal["spam"] = "spam"
    messages: Annotated[int, Field(ge=2, le=100)] = 6
    seconds: Window = 5


class DuplicatesTrigger(_Part):
    """The same text so many times in so many seconds."""

    type: Literal["duplicates"] = "duplicates"
    messages: Annotated[int, Field(ge=2, le=100)] = 3
    seconds: Window = 60


class CapsTrigger(_Part):
    """So many per cent of the letters are capitals."""

    type: Literal["caps"] = "caps"
    percent: Annotated[int, Field(ge=1, le=100)] = 70
    letters: Count = 12
    """Shorter messages are left alone."""


class EmojiTrigger(_Part):
    """More emojis than this."""

    type: Literal["emoji"] = "emoji"
    most: Count = 10


class AttachmentsTrigger(_Part):
    """More files than this, or one of these types."""

    type: Literal["attachments"] = "attachments"
    most: Annotated[int, Field(ge=0, le=10)] | None = None
    types: Entries = ()
    """Endings of names, such as `exe`."""


class NewAccountTrigger(_Part):
    """The account is younger than this."""

    type: Literal["new_account"] = "new_account"
    age: Duration = timedelta(days=3)


class NewMemberTrigger(_Part):
    """The member joined less than this ago."""

    type: Literal["new_member"] = "new_member"
    age: Duration = timedelta(minutes=10)


class PhishingTrigger(_Part):
    """A link leads to a domain that is known for theft, or looks like one of Discord's or Steam's and is not."""

    type: Literal["phishing"] = "phishing"
    list: ListName = ""
    allowed: Entries = ()
    """Domains that are welcome all the same."""


class LinesTrigger(_Part):
    """More lines than this."""

    type: Literal["lines"] = "lines"
    most: Count = 20


class ZalgoTrigger(_Part):
    """More marks on top of letters than this."""

    type: Literal["zalgo"] = "zalgo"
    most: Count = 12


Trigger = Annotated[
    WordsTrigger
    | RegexTrigger
    | LinksTrigger
    | InvitesTrigger
    | MentionsTrigger
    | SpamTrigger
    | DuplicatesTrigger
    | CapsTrigger
    | EmojiTrigger
    | AttachmentsTrigger
    | NewAccountTrigger
    | NewMemberTrigger
    | PhishingTrigger
    | LinesTrigger
    | ZalgoTrigger,
    Field(discriminator="type"),
]


# --- Conditions


class _Condition(_Part):
    negate: bool = False
    """Whether the opposite must hold."""


class InChannels(_Condition):
    """In one of these channels, their threads, or the channels of these categories."""

    type: Literal["channels"] = "channels"
    ids: Channels


class HasRoles(_Condition):
    """Has one of these roles."""

    type: Literal["roles"] = "roles"
    ids: Roles


class MemberYounger(_Condition):
    """Joined less than this ago."""

    type: Literal["member_age"] = "member_age"
    below: Duration


class AccountYounger(_Condition):
    """The account is younger than this."""

    type: Literal["account_age"] = "account_age"
    below: Duration


class AtHours(_Condition):
    """Between two times of the day, over midnight if the first is later."""

    type: Literal["hours"] = "hours"
    begin: time
    end: time
    zone: TimeZone = "UTC"


class HasAttachment(_Condition):
    """Has a file."""

    type: Literal["attachment"] = "attachment"


class IsEdit(_Condition):
    """The message was edited."""

    type: Literal["edit"] = "edit"


class PointsAbove(_Condition):
    """The member has more points than this."""

    type: Literal["points"] = "points"
    above: Annotated[int, Field(ge=0, le=1_000_000)]


Condition = Annotated[
    InChannels | HasRoles | MemberYounger | AccountYounger | AtHours | HasAttachment | IsEdit | PointsAbove,
    Field(discriminator="type"),
]


# --- Effects


def _timeout(value: Any) -> timedelta:
    duration = check_duration(value)
    if duration > LONGEST_TIMEOUT:
        raise ValueError(_("a timeout lasts 28 days at most"))
    return duration


class Delete(_Part):
    """Delete the message, or all messages that make up the spam."""

    type: Literal["delete"] = "delete"


class Warn(_Part):
    """Warn the member."""

    type: Literal["warn"] = "warn"


class Timeout(_Part):
    """Time the member out."""

    type: Literal["timeout"] = "timeout"
    duration: Annotated[Duration, BeforeValidator(_timeout)] = timedelta(minutes=10)


class Mute(_Part):
    """Mute the member."""

    type: Literal["mute"] = "mute"
    duration: Duration | None = None


class Jail(_Part):
    """Jail the member."""

    type: Literal["jail"] = "jail"
    duration: Duration | None = None


class Kick(_Part):
    """Kick the member."""

    type: Literal["kick"] = "kick"


class Ban(_Part):
    """Ban the member, for a time or for good."""

    type: Literal["ban"] = "ban"
    duration: Duration | None = None
    delete_seconds: Annotated[int, Field(ge=0, le=604_800)] = 0


class Points(_Part):
    """Add points to the member's violations."""

    type: Literal["points"] = "points"
    amount: Annotated[int, Field(ge=1, le=1000)] = 1


class Reply(_Part):
    """Tell the member in the channel."""

    type: Literal["reply"] = "reply"
    text: Text


class DirectMessage(_Part):
    """Tell the member by direct message."""

    type: Literal["dm"] = "dm"
    text: Text


class Alert(_Part):
    """Tell the moderators, in this channel or in the setting's."""

    type: Literal["alert"] = "alert"
    channel: ChannelId | None = None


class AddRole(_Part):
    """Give the member a role."""

    type: Literal["add_role"] = "add_role"
    role: RoleId


class RemoveRole(_Part):
    """Take a role from the member."""

    type: Literal["remove_role"] = "remove_role"
    role: RoleId


class Slowmode(_Part):
    """Slow the channel down."""

    type: Literal["slowmode"] = "slowmode"
    seconds: Annotated[int, Field(ge=1, le=21_600)] = 10


Effect = Annotated[
    Delete
    | Warn
    | Timeout
    | Mute
    | Jail
    | Kick
    | Ban
    | Points
    | Reply
    | DirectMessage
    | Alert
    | AddRole
    | RemoveRole
    | Slowmode,
    Field(discriminator="type"),
]


class RuleDocument(_Part):
    """All that a rule says."""

    version: Literal[1] = 1
    trigger: Trigger
    conditions: Annotated[tuple[Condition, ...], Field(max_length=10)] = ()
    effects: Annotated[tuple[Effect, ...], Field(min_length=1, max_length=10)]
    exempt_roles: Roles = ()
    exempt_channels: Channels = ()
    exempt_permissions: Permissions = MANAGE_MESSAGES
    """Who has any of these is left alone."""
    stop: bool = False
    """Whether no later rule is looked at once this one was broken."""


class RuleInput(_Part):
    """A rule as it is given: its document, and what stands beside it."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    priority: Annotated[int, Field(ge=0, le=10_000)] = 100
    is_active: bool = True
    is_dry_run: bool = False
    is_native: bool = False
    document: RuleDocument


def read_input(data: Any) -> RuleInput:
    """Return the rule that the data says.

    Raises:
        InvalidInput: it says none; `problems` holds all that is wrong, by field.
    """
    try:
        return RuleInput.model_validate(data)
    except ValidationError as error:
        problems = {
            ".".join(map(str, problem["loc"])): problem["msg"].removeprefix("Value error, ")
            for problem in error.errors(include_url=False, include_context=False, include_input=False)
        }
        told = " ".join(f"{where}: {what}." for where, what in list(problems.items())[:5])
        raise InvalidInput(_("This is no rule: {problems}", problems=told), problems=problems) from None


def written(document: RuleDocument) -> dict[str, Any]:
    """Return the document as JSON, as it is stored."""
    return document.model_dump(mode="json")
