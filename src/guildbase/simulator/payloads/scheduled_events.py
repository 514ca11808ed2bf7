"""Scheduled events and the exceptions of recurring ones."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import EventException, ScheduledEvent
from guildbase.simulator.world.state import World

_ONLY_MEMBERS = 2


def scheduled_event(world: World, one: ScheduledEvent, *, with_count: bool = False) -> Json:
    """Return an event; the number of interested users only if asked for."""
    payload: Json = {
        "id": str(one.id),
        "guild_id": str(one.guild_id),
        "channel_id": None if one.channel_id is None else str(one.channel_id),
        "creator_id": str(one.creator_id),
        "name": one.name,
        "description": one.description,
        "image": one.image,
        "scheduled_start_time": moment(one.starts_at),
        "scheduled_end_time": moment(one.ends_at),
        "privacy_level": _ONLY_MEMBERS,
        "status": int(one.status),
        "entity_type": int(one.entity_type),
        "entity_id": None if one.entity_id is None else str(one.entity_id),
        "entity_metadata": None if one.location is None else {"location": one.location},
        "recurrence_rule": one.recurrence_rule,
        "guild_scheduled_event_exceptions": [event_exception(one, it) for it in one.exceptions.values()],
        "sku_ids": [],
    }
    maker = world.users.get(one.creator_id)
    if maker is not None:
        payload["creator"] = user(maker)
    if with_count:
        payload["user_count"] = len(one.users)
    return payload


def event_exception(event: ScheduledEvent, one: EventException) -> Json:
    """Return an occurrence that differs from its event's rule."""
    return {
        "event_id": str(event.id),
        "event_exception_id": str(one.id),
        "scheduled_start_time": moment(one.starts_at),
        "scheduled_end_time": moment(one.ends_at),
        "is_canceled": one.is_canceled,
    }
