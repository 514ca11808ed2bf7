"""/guilds/{guild.id}/scheduled-events: planning events, and who is interested in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, missing_permissions, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.scheduled_event_forms import EventChanges, NewEvent, check_place, check_times
from guildbase.simulator.world import images, scheduled_events
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import EventStatus, Guild, ScheduledEvent

routes = RouteTable()
_MOST = 100
_AUDITED = (
    "name", "description", "channel_id", "privacy_level", "scheduled_start_time", "scheduled_end_time", "status",
    "entity_type", "location", "image_hash", "recurrence_rule",
)  # fmt: skip
_NEXT = {
    EventStatus.SCHEDULED: (EventStatus.ACTIVE, EventStatus.CANCELED),
    EventStatus.ACTIVE: (EventStatus.COMPLETED,),
}
_EVENTS = "/guilds/{guild_id}/scheduled-events"
_EVENT = f"{_EVENTS}/{{guild_scheduled_event_id}}"


@routes.route("GET", _EVENTS)
def list_events(call: Call) -> list[Json]:
    """Return the events that are planned or going on."""
    guild, count = call.guild(), call.flag("with_user_count")
    shown = [it for it in guild.scheduled_events.values() if _visible(call, guild, it)]
    return [payloads.scheduled_event(call.world, it, with_count=count) for it in shown]


@routes.route("GET", _EVENT)
def get_event(call: Call) -> Json:
    """Return one event."""
    one = event_of(call, call.guild())
    return payloads.scheduled_event(call.world, one, with_count=call.flag("with_user_count"))


@routes.route("POST", _EVENTS)
def create_event(call: Call) -> Json:
    """Plan an event."""
    guild = call.guild(Permission.CREATE_EVENTS)
    form = call.form(NewEvent)
    one = ScheduledEvent(0, guild.id, call.bot.id, form.name, form.scheduled_start_time, form.entity_type)
    one = replace(one, **{key: it for key, it in form.values().items() if key != "status"})
    check_place(guild, one)
    check_times(one, call.world.clock.now())
    _require_channel(call, guild, one)
    if len(guild.scheduled_events) >= _MOST:
        raise DiscordError(400, 30038, f"Maximum number of server scheduled events reached ({_MOST})")
    one.id = call.world.new_id()
    if form.image is not None:
        one.image = images.keep(call.world, form.image)
    scheduled_events.create(call.world, guild, one)
    changes = difference(None, _audited(call, one), _AUDITED)
    record(call.world, guild, Action.GUILD_SCHEDULED_EVENT_CREATE, one.id, call.reason, changes=changes)
    return payloads.scheduled_event(call.world, one)


@routes.route("PATCH", _EVENT)
def edit_event(call: Call) -> Json:
    """Change, start, end or cancel an event."""
    guild = call.guild()
    one = event_of(call, guild)
    require_control(call, guild, one)
    form = call.form(EventChanges)
    values = form.values()
    status = values.get("status", one.status)
    if status != one.status and status not in _NEXT[EventStatus(one.status)]:
        raise DiscordError(400, 180_000, "Cannot update a finished event")
    after = replace(one, **values)
    check_place(guild, after)
    if {"starts_at", "ends_at"} & values.keys():
        check_times(after, min(call.world.clock.now(), one.starts_at))
    _require_channel(call, guild, after)
    values |= {"channel_id": after.channel_id, "location": after.location}
    if "image" in form.model_fields_set:
        values["image"] = None if form.image is None else images.keep(call.world, form.image)
    before = _audited(call, one)
    scheduled_events.change(call.world, guild, one, values)
    changes = difference(before, _audited(call, one), _AUDITED)
    record(call.world, guild, Action.GUILD_SCHEDULED_EVENT_UPDATE, one.id, call.reason, changes=changes)
    return payloads.scheduled_event(call.world, one)


@routes.route("DELETE", _EVENT)
def delete_event(call: Call) -> None:
    """Delete an event."""
    guild = call.guild()
    one = event_of(call, guild)
    require_control(call, guild, one)
    changes = difference(_audited(call, one), None, _AUDITED)
    scheduled_events.delete(call.world, guild, one)
    record(call.world, guild, Action.GUILD_SCHEDULED_EVENT_DELETE, one.id, call.reason, changes=changes)


@routes.route("GET", f"{_EVENT}/users")
def list_users(call: Call) -> list[Json]:
    """Return a page of those interested in the event, in the order of their ids."""
    guild = call.guild()
    one = event_of(call, guild)
    return _page(call, guild, one, dict(one.users))


@routes.route("GET", f"{_EVENT}/users/counts")
def count_users(call: Call) -> Json:
    """Return how many are interested in the whole event, and in single occurrences of it."""
    one = event_of(call, call.guild())
    chosen = list(one.users.values())
    counts = {str(it): chosen.count(it) for it in one.exceptions}
    return {"guild_scheduled_event_count": chosen.count(None), "guild_scheduled_event_exception_counts": counts}


@routes.route("GET", f"{_EVENT}/{{exception_id}}/users")
def list_exception_users(call: Call) -> list[Json]:
    """Return a page of those interested in one occurrence."""
    guild = call.guild()
    one = event_of(call, guild)
    exception_id = call.id("exception_id")
    return _page(call, guild, one, {user: it for user, it in one.users.items() if it == exception_id})


def event_of(call: Call, guild: Guild) -> ScheduledEvent:
    """Return the event of the path."""
    found = guild.scheduled_events.get(call.id("guild_scheduled_event_id"))
    if found is None or not _visible(call, guild, found):
        raise unknown("Guild Scheduled Event")
    return found


def require_control(call: Call, guild: Guild, one: ScheduledEvent) -> None:
    """Raise Missing Permissions unless the bot may change the event: its own with either permission."""
    either = Permission.CREATE_EVENTS | Permission.MANAGE_EVENTS
    needed = either if one.creator_id == call.bot.id else Permission.MANAGE_EVENTS
    if not call.world.permissions_of(guild, call.bot.id) & needed:
        raise missing_permissions()


def _visible(call: Call, guild: Guild, one: ScheduledEvent) -> bool:
    channel = guild.channels.get(one.channel_id or 0)
    return channel is None or call.world.can_view(channel, call.bot.id)


def _require_channel(call: Call, guild: Guild, one: ScheduledEvent) -> None:
    if one.channel_id is not None:
        call.require(guild, guild.channels[one.channel_id], Permission.CONNECT)


def _audited(call: Call, one: ScheduledEvent) -> Json:
    return payloads.scheduled_event(call.world, one) | {"location": one.location, "image_hash": one.image}


def _page(call: Call, guild: Guild, one: ScheduledEvent, chosen: dict[int, int | None]) -> list[Json]:
    limit = call.number("limit", 100, low=1, high=100)
    before, after = call.snowflake_in_query("before"), call.snowflake_in_query("after")
    ids = sorted(it for it in chosen if (before is None or it < before) and it > (after or 0))
    page = ids[-limit:] if before is not None else ids[:limit]
    return [_interest(call, guild, one, it, chosen[it]) for it in page]


def _interest(call: Call, guild: Guild, one: ScheduledEvent, user_id: int, exception_id: int | None) -> Json:
    interest: Json = {
        "guild_scheduled_event_id": str(one.id),
        "guild_scheduled_event_exception_id": None if exception_id is None else str(exception_id),
        "user_id": str(user_id),
        "user": payloads.user(call.world.user(user_id)),
        "response": 1,
    }
    member: Any = guild.members.get(user_id) if call.flag("with_member") else None
    return interest if member is None else interest | {"member": payloads.member(call.world, member)}
