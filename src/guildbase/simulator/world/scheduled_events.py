"""Scheduled events: planning, changing, cancelling them, and who is interested."""

from __future__ import annotations

from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import EventException, EventStatus, Guild, ScheduledEvent, User
from guildbase.simulator.world.state import Event, World

FINISHED = (EventStatus.COMPLETED, EventStatus.CANCELED)


def create(world: World, guild: Guild, one: ScheduledEvent) -> None:
    """Put the event on the guild's list; whoever made it is interested in it."""
    guild.scheduled_events[one.id] = one
    one.users[one.creator_id] = None
    _emit(world, "GUILD_SCHEDULED_EVENT_CREATE", one)


def change(world: World, guild: Guild, one: ScheduledEvent, values: dict[str, Any]) -> None:
    """Set fields of the event by name; one that is over leaves the guild's list."""
    for name, value in values.items():
        setattr(one, name, value)
    if one.status in FINISHED:
        guild.scheduled_events.pop(one.id, None)
    _emit(world, "GUILD_SCHEDULED_EVENT_UPDATE", one)


def delete(world: World, guild: Guild, one: ScheduledEvent) -> None:
    """Delete the event."""
    del guild.scheduled_events[one.id]
    _emit(world, "GUILD_SCHEDULED_EVENT_DELETE", one)


def set_exception(world: World, one: ScheduledEvent, exception: EventException) -> None:
    """Let one occurrence of a recurring event differ from the rule."""
    name = "UPDATE" if exception.id in one.exceptions else "CREATE"
    one.exceptions[exception.id] = exception
    _emit_exception(world, name, one, exception)


def drop_exception(world: World, one: ScheduledEvent, exception: EventException) -> None:
    """Let the occurrence be as the rule has it."""
    del one.exceptions[exception.id]
    _emit_exception(world, "DELETE", one, exception)


def subscribe(
    world: World, guild: Guild, one: ScheduledEvent, user: User, exception: EventException | None = None
) -> None:
    """Note that the user is interested in the event, or in a single occurrence of it."""
    if user.id not in one.users:
        one.users[user.id] = None if exception is None else exception.id
        _emit_interest(world, guild, "GUILD_SCHEDULED_EVENT_USER_ADD", one, user)


def unsubscribe(world: World, guild: Guild, one: ScheduledEvent, user: User) -> None:
    """Note that the user is no longer interested."""
    if user.id in one.users:
        del one.users[user.id]
        _emit_interest(world, guild, "GUILD_SCHEDULED_EVENT_USER_REMOVE", one, user)


def _emit(world: World, name: str, one: ScheduledEvent) -> None:
    data = payloads.scheduled_event(world, one, with_count=True)
    world.emit(Event(name, data, one.guild_id))


def _emit_exception(world: World, name: str, one: ScheduledEvent, exception: EventException) -> None:
    data = payloads.event_exception(one, exception) | {"guild_id": str(one.guild_id)}
    world.emit(Event(f"GUILD_SCHEDULED_EVENT_EXCEPTION_{name}", data, one.guild_id))


def _emit_interest(world: World, guild: Guild, name: str, one: ScheduledEvent, user: User) -> None:
    data: Json = {
        "guild_scheduled_event_id": str(one.id),
        "user_id": str(user.id),
        "guild_id": str(guild.id),
    }
    world.emit(Event(name, data, guild.id))
