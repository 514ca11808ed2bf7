"""Requests and responses of the control API. Ids are strings; guilds, channels and users go by name or id."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

GuildRef = Annotated[str, Field(description="Name or id of a guild.")]
ChannelRef = Annotated[str | None, Field(description="Name or id of a channel; the first text channel if absent.")]
UserRef = Annotated[str, Field(description="User name or id of a person.")]
MessageId = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Seconds = Annotated[float, Field(ge=0, le=60)]


class Model(BaseModel):
    """The base of all shapes here; a field that does not exist is an error, so that typing mistakes show."""

    model_config = ConfigDict(extra="forbid", defer_build=True, allow_inf_nan=False)


class Nothing(Model):
    """A request without fields."""


class Done(Model):
    """It was done."""

    done: bool = True


class Refusal(Model):
    """What went wrong, by the kind of error and in words."""

    error: str
    message: str


class GuildSummary(Model):
    """A guild with the ids of what is in it, by name."""

    id: str
    name: str
    shard: int
    bot: bool
    channels: dict[str, str]
    roles: dict[str, str]
    members: dict[str, str]


class WorldSummary(Model):
    """Where everything is, and the keys to it."""

    page_url: str
    rest_url: str
    gateway_url: str
    control_url: str
    ca_file: str | None
    token: str
    application_id: str
    client_secret: str
    redirect_uris: list[str]
    bot_user_id: str
    guilds: list[GuildSummary]
    users: dict[str, str]


class CreateGuild(Model):
    """A guild to found."""

    name: str
    shard: int | None = None
    with_bot: bool = True


class CreateMember(Model):
    """A person to let into a guild, or roles to add to one who is in it."""

    guild: GuildRef
    name: str
    roles: list[str] = Field(default_factory=list)


class MemberSummary(Model):
    """A person in a guild."""

    user_id: str
    name: str
    roles: list[str]


class Say(Model):
    """Something a person writes."""

    guild: GuildRef
    user: UserRef
    channel: ChannelRef = None
    content: str


class SayPrivately(Model):
    """Something a person writes to the bot."""

    guild: GuildRef
    user: UserRef
    content: str


class Shown(Model):
    """A message as people see it; `text` is everything there is to read in it."""

    id: str
    channel_id: str
    author_id: str
    author: str
    text: str
    content: str
    embeds: list[dict[str, Any]]
    components: list[dict[str, Any]]
    ephemeral: bool
    edits: int


class ShownList(Model):
    """Messages, oldest first."""

    messages: list[Shown]


class Slash(Model):
    """A command a person uses; users, channels and roles among the options go by name or id."""

    guild: GuildRef
    user: UserRef
    command: Annotated[str, Field(description='Like "warn", or "case view" for a sub-command.')]
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)
    channel: ChannelRef = None
    privately: bool = False
    within: Seconds = 15.0
    force: bool = False


class SlashReply(Model):
    """The bot's answer; it has no message if the bot opened a form (`modal`)."""

    interaction_id: str
    ephemeral: bool
    text: str
    message: Shown | None
    followups: list[Shown]
    modal: dict[str, Any] | None


class Click(Model):
    """A button to press, or a menu to choose from."""

    guild: GuildRef
    user: UserRef
    channel: ChannelRef = None
    message_id: str
    custom_id: str
    values: list[str] | None = None
    within: Seconds = 15.0


class Submit(Model):
    """A form to send off, filled in by the custom ids or labels of its fields."""

    interaction_id: Annotated[str, Field(description="Of the reply that has the form as its `modal`.")]
    values: dict[str, str | bool | list[str]] = Field(default_factory=dict)
    within: Seconds = 15.0


class Complete(Model):
    """A command that a person is typing: the last of the options is not finished yet."""

    guild: GuildRef
    user: UserRef
    command: str
    options: dict[str, str | int | float | bool] = Field(min_length=1)
    channel: ChannelRef = None
    privately: bool = False
    within: Seconds = 15.0


class Suggestion(Model):
    """Something the bot suggests."""

    name: str
    value: str | int | float


class Suggestions(Model):
    """What the bot suggests."""

    choices: list[Suggestion]


class UseMenu(Model):
    """A command from the context menu of a message or a person."""

    guild: GuildRef
    user: UserRef
    command: str
    channel: ChannelRef = None
    message_id: str | None = None
    target: Annotated[str | None, Field(description="User name or id, if it is no message.")] = None
    within: Seconds = 15.0


class Deed(Model):
    """Something a person does by hand: a request to Discord's API in the person's own name."""

    guild: GuildRef
    user: UserRef
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: Annotated[str, Field(description='As in the API: "/guilds/1/bans/2".')]
    body: Any = None
    reason: str | None = None


class DeedResult(Model):
    """What the API answers."""

    answer: Any


class React(Model):
    """A reaction to add."""

    guild: GuildRef
    user: UserRef
    channel: ChannelRef = None
    message_id: str
    emoji: str


class ReadMessages(Model):
    """Which messages to show, and to whom."""

    guild: GuildRef
    channel: ChannelRef = None
    seen_by: Annotated[str | None, Field(description="User name or id; ephemeral messages show to theirs.")] = None
    after: MessageId = "0"


class ReadDms(Model):
    """Whose direct messages from the bot to show."""

    guild: GuildRef
    user: UserRef
    after: MessageId = "0"


class OpenDms(Model):
    """Whether a person takes direct messages."""

    guild: GuildRef
    user: UserRef
    open: bool


class BotMembership(Model):
    """Whether the bot is to be in a guild."""

    guild: GuildRef
    member: bool


class StatsSummary(Model):
    """What the bot did to the API and the gateway so far."""

    identifies: int
    resumes: int
    refused_identifies: int
    rate_limited: int
    crashes: int
    faults: dict[str, int]
    connected_shards: list[int]
    requests: dict[str, int]
    unknown_routes: dict[str, int]


class WholeWorld(Model):
    """Everything there is, as it is written to a file of a world."""

    format: str
    version: int
    last_id: str
    clock_ahead: float
    world: dict[str, Any]


class ReadFeed(Model):
    """Which happenings to return: those after a number, waiting for some to come."""

    after: int = 0
    timeout: Seconds = 0.0
    seen_by: Annotated[str | None, Field(description="User name or id: only what this person may see.")] = None


class HappeningShown(Model):
    """A gateway event that happened; `audience` null stands for all who see its place."""

    number: int
    event: str
    guild_id: str | None
    channel_id: str | None
    audience: list[str] | None
    data: dict[str, Any]


class FeedPage(Model):
    """Happenings in order, and the number to go on from."""

    happenings: list[HappeningShown]
    last: int
