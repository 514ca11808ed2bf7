"""Guild channels as forms: the fields each kind of channel has, and what they may hold."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, invalid_form
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Name100
from guildbase.simulator.rest.forum_forms import ForumFields
from guildbase.simulator.rest.overwrites import OverwriteForm
from guildbase.simulator.world.entities import Channel, ChannelFlag, ChannelType, Forum, Guild
from guildbase.simulator.world.state import World

FORUMS = (ChannelType.FORUM, ChannelType.MEDIA)
_NAMED_LIKE_WORDS = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT, *FORUMS)
_MOST_CHANNELS, _MOST_IN_CATEGORY = 500, 50
_BITRATES = (96_000, 128_000, 256_000, 384_000)
_STAGE_BITRATE, _VOICE_USERS, _TOPIC = 64_000, 99, 1024
_PUNCTUATION = re.compile(r"[\s!-,./:-@\[-^`{-~]+")
_FLAGS = {
    ChannelType.FORUM: ChannelFlag.REQUIRE_TAG,
    ChannelType.MEDIA: ChannelFlag.REQUIRE_TAG | ChannelFlag.HIDE_MEDIA_DOWNLOAD_OPTIONS,
}
_Seconds = Annotated[int, Field(ge=0, le=21600)]
_OF_CHANNEL = {
    "topic": None,
    "parent_id": None,
    "rtc_region": None,
    "nsfw": False,
    "rate_limit_per_user": 0,
    "bitrate": 64_000,
    "user_limit": 0,
    "video_quality_mode": 1,
    "default_auto_archive_duration": None,
}
Minutes = Literal[60, 1440, 4320, 10080]


class ChannelFields(ForumFields):
    """What a channel form may hold; null stands for the default of a field."""

    position: Annotated[int, Field(ge=0, lt=1 << 31)] | None = None
    parent_id: Snowflake | None = None
    topic: Annotated[str, Field(max_length=4096)] | None = None
    nsfw: bool | None = None
    rate_limit_per_user: _Seconds | None = None
    bitrate: Annotated[int, Field(ge=8000)] | None = None
    user_limit: Annotated[int, Field(ge=0, le=10_000)] | None = None
    rtc_region: str | None = None
    video_quality_mode: Literal[1, 2] | None = None
    flags: Annotated[int, Field(ge=0, lt=1 << 31)] | None = None
    permission_overwrites: Annotated[list[OverwriteForm], Field(max_length=100)] | None = None
    default_auto_archive_duration: Minutes | None = None
    default_thread_rate_limit_per_user: _Seconds | None = None


class NewChannel(ChannelFields):
    """A channel to make."""

    name: Name100
    type: Literal[0, 2, 4, 5, 13, 15, 16] | None = 0

    @property
    def kind(self) -> ChannelType:
        """The type of the channel."""
        return ChannelType(self.type or 0)


class ChannelChanges(ChannelFields):
    """Changes of a channel; only the fields given count."""

    name: Name100 | None = None
    type: Literal[0, 5] | None = None


def values_of(world: World, guild: Guild, form: NewChannel | ChannelChanges, channel: Channel | None) -> dict[str, Any]:
    """Return what the form sets, by the names of a channel's fields; raise for what the kind of channel cannot have."""
    kind = _kind(form, channel)
    _check(guild, form, kind)
    check_parent(guild, form.parent_id, channel, kind)
    values: dict[str, Any] = {"type": kind} if channel is not None and kind != channel.type else {}
    if form.name is not None:
        values["name"] = _name(form.name, kind)
    if form.position is not None:
        values["position"] = form.position
    for name, value in form.given(*_OF_CHANNEL).items():
        values[name] = _OF_CHANNEL[name] if value is None else value
    if "default_thread_rate_limit_per_user" in form.model_fields_set:
        values["default_thread_rate_limit"] = form.default_thread_rate_limit_per_user or 0
    if form.flags is not None:
        values["flags"] = form.flags & _FLAGS.get(kind, 0)
    if kind in FORUMS:
        before = None if channel is None else channel.forum
        values["forum"] = form.changed(world, before or Forum())
    return values


def check_room(guild: Guild) -> None:
    """Raise if the guild cannot have another channel."""
    if len(guild.channels) >= _MOST_CHANNELS:
        raise DiscordError(400, 30013, f"Maximum number of server channels reached ({_MOST_CHANNELS})")


def check_parent(guild: Guild, parent_id: int | None, channel: Channel | None, kind: int) -> None:
    """Raise unless the parent is a category with room in it, or none."""
    if parent_id is None:
        return
    parent, at = guild.channels.get(parent_id), ("parent_id",)
    if parent is None:
        raise invalid_form(at, "CHANNEL_PARENT_INVALID", "Category does not exist")
    if parent.type != ChannelType.CATEGORY:
        raise invalid_form(at, "CHANNEL_PARENT_INVALID_TYPE", "Not a category")
    if kind == ChannelType.CATEGORY:
        raise invalid_form(at, "CHANNEL_PARENT_CANNOT_BE_CATEGORY", "Categories cannot have subcategories")
    check_category(sum(it.parent_id == parent_id for it in guild.channels.values() if it is not channel) + 1, at)


def check_category(size: int, at: tuple[str | int, ...]) -> None:
    """Raise if a category would have more channels in it than one can have."""
    if size > _MOST_IN_CATEGORY:
        message = f"Maximum number of channels in category reached ({_MOST_IN_CATEGORY})"
        raise invalid_form(at, "CHANNEL_PARENT_MAX_CHANNELS", message)


def _kind(form: NewChannel | ChannelChanges, channel: Channel | None) -> ChannelType:
    if isinstance(form, NewChannel) or channel is None:
        return ChannelType(form.type or 0)
    changeable = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)
    if form.type is None or form.type == channel.type:
        return ChannelType(channel.type)
    if channel.type not in changeable:
        raise invalid_form(("type",), "CHANNEL_TYPE_CHANGE_INVALID", "This channel's type cannot be changed.")
    return ChannelType(form.type)


def _check(guild: Guild, form: ChannelFields, kind: int) -> None:
    best = _STAGE_BITRATE if kind == ChannelType.STAGE else _BITRATES[guild.settings.premium_tier]
    if form.bitrate is not None and form.bitrate > best:
        raise invalid_form(("bitrate",), "NUMBER_TYPE_MAX", f"int value should be less than or equal to {best}.")
    if form.user_limit is not None and kind != ChannelType.STAGE and form.user_limit > _VOICE_USERS:
        message = f"int value should be less than or equal to {_VOICE_USERS}."
        raise invalid_form(("user_limit",), "NUMBER_TYPE_MAX", message)
    if form.topic is not None and kind not in FORUMS and len(form.topic) > _TOPIC:
        raise invalid_form(("topic",), "BASE_TYPE_MAX_LENGTH", f"Must be {_TOPIC} or fewer in length.")
    if form.rtc_region is not None and form.rtc_region not in {it["id"] for it in payloads.voice_regions()}:
        raise invalid_form(("rtc_region",), "CHANNEL_INVALID_RTC_REGION", "Invalid region")
    for target in form.permission_overwrites or []:
        if target.type == 0 and target.id not in guild.roles:
            raise DiscordError(404, 10011, "Unknown Role")


def _name(name: str, kind: int) -> str:
    """Return the name as the channel gets it: text channels have no spaces and no capitals."""
    if kind not in _NAMED_LIKE_WORDS:
        return name
    return _PUNCTUATION.sub("-", name.strip().lower()).strip("-") or "-"
