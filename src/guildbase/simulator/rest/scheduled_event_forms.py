"""Scheduled events as forms: what each place of an event demands, and which rules of recurrence there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from guildbase.simulator.errors import DiscordError, Json, invalid_form
from guildbase.simulator.payloads import moment
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.images import Picture
from guildbase.simulator.world.entities import ChannelType, EntityType, Guild, ScheduledEvent

_CHANNEL_TYPES = {EntityType.STAGE_INSTANCE: ChannelType.STAGE, EntityType.VOICE: ChannelType.VOICE}


def _with_zone(value: datetime) -> datetime:
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_with_zone)]
_Description = Annotated[str, Field(max_length=1000)]


class _EntityMetadata(Form):
    location: Annotated[str, Field(max_length=100)] | None = None


class _NthWeekday(Form):
    n: Annotated[int, Field(ge=1, le=5)]
    day: Annotated[int, Field(ge=0, le=6)]


class RecurrenceRule(Form):
    """When an event comes back."""

    start: Moment
    frequency: Literal[0, 1, 2, 3]
    interval: Annotated[int, Field(ge=1, le=1000)] = 1
    by_weekday: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=7)] | None = None
    by_n_weekday: Annotated[list[_NthWeekday], Field(max_length=7)] | None = None
    by_month: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(max_length=12)] | None = None
    by_month_day: Annotated[list[Annotated[int, Field(ge=1, le=31)]], Field(max_length=33)] | None = None

    def rendered(self) -> Json:
        """Return the rule as events keep it."""
        yearly, monthly = 0, 1
        if self.by_n_weekday and self.frequency != monthly:
            raise _wrong("by_n_weekday", "Can only be used with a monthly rule.")
        if self.by_weekday and self.frequency <= monthly:
            raise _wrong("by_weekday", "Can only be used with a daily or weekly rule.")
        if bool(self.by_month) != bool(self.by_month_day) or (self.by_month and self.frequency != yearly):
            raise _wrong("by_month", "Must come with by_month_day in a yearly rule.")
        nth = None if self.by_n_weekday is None else [it.model_dump() for it in self.by_n_weekday]
        return {
            "start": moment(self.start),
            "end": None,
            "frequency": self.frequency,
            "interval": self.interval,
            "by_weekday": self.by_weekday,
            "by_n_weekday": nth,
            "by_month": self.by_month,
            "by_month_day": self.by_month_day,
            "by_year_day": None,
            "count": None,
        }


class EventChanges(Form):
    """What may change in a scheduled event."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    description: _Description | None = None
    image: Picture | None = None
    scheduled_start_time: Moment | None = None
    scheduled_end_time: Moment | None = None
    privacy_level: Literal[2] | None = None
    entity_type: Literal[1, 2, 3] | None = None
    entity_metadata: _EntityMetadata | None = None
    channel_id: int | None = None
    status: Literal[1, 2, 3, 4] | None = None
    recurrence_rule: RecurrenceRule | None = None

    def values(self) -> dict[str, Any]:
        """Return what was given, by the names of the event's fields; the picture is not among it."""
        names = {
            "name": "name",
            "description": "description",
            "scheduled_start_time": "starts_at",
            "scheduled_end_time": "ends_at",
            "entity_type": "entity_type",
            "channel_id": "channel_id",
            "status": "status",
        }
        clearable = ("description", "scheduled_end_time", "channel_id")
        values = {names[key]: it for key, it in self.given(*names).items() if it is not None or key in clearable}
        if "entity_metadata" in self.model_fields_set:
            values["location"] = None if self.entity_metadata is None else self.entity_metadata.location
        if "recurrence_rule" in self.model_fields_set:
            values["recurrence_rule"] = None if self.recurrence_rule is None else self.recurrence_rule.rendered()
        return values


class NewEvent(EventChanges):
    """A new event."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scheduled_start_time: Moment
    privacy_level: Literal[2]
    entity_type: Literal[1, 2, 3]


class ExceptionChanges(Form):
    """What is different in one occurrence of a recurring event."""

    scheduled_start_time: Moment | None = None
    scheduled_end_time: Moment | None = None
    is_canceled: bool | None = None


class NewException(ExceptionChanges):
    """An occurrence by its original time."""

    original_scheduled_start_time: Moment


def check_place(guild: Guild, one: ScheduledEvent) -> None:
    """Refuse an event that lacks what its place demands, or has what it must not have."""
    if one.entity_type == EntityType.EXTERNAL:
        one.channel_id = None
        if not one.location:
            raise _required("entity_metadata", "location")
        if one.ends_at is None:
            raise _required("scheduled_end_time")
    else:
        one.location = None
        channel = guild.channels.get(one.channel_id or 0)
        if one.channel_id is None:
            raise _required("channel_id")
        if channel is None or channel.type != _CHANNEL_TYPES[EntityType(one.entity_type)]:
            raise DiscordError(400, 50024, "Cannot execute action on this channel type")


def check_times(one: ScheduledEvent, now: datetime) -> None:
    """Refuse an event that starts in the past or ends before it starts."""
    if one.starts_at < now:
        path, text = ("scheduled_start_time",), "Cannot schedule event in the past."
        raise invalid_form(path, "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", text)
    if one.ends_at is not None and one.ends_at <= one.starts_at:
        path, text = ("scheduled_end_time",), "Cannot schedule event end time before start time."
        raise invalid_form(path, "GUILD_SCHEDULED_EVENT_END_BEFORE_START", text)


def _required(*path: str) -> Exception:
    return invalid_form(path, "BASE_TYPE_REQUIRED", "This field is required")


def _wrong(name: str, text: str) -> Exception:
    return invalid_form(("recurrence_rule", name), "RECURRENCE_RULE_INVALID", text)
