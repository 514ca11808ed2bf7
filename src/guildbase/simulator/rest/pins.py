"""/channels/{channel.id}/messages/pins, and the routes for the same that Discord keeps for old clients."""

from __future__ import annotations

from datetime import UTC, datetime

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.messages import message_of
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.thread_changes import require_awake
from guildbase.simulator.world import pins
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import Channel, Guild, Message

routes = RouteTable()
_PINS = "/channels/{channel_id}/messages/pins"
_OLD = "/channels/{channel_id}/pins"
_MOST = 250
_PINNABLE = (0, 19, 20, 23)


@routes.route("GET", _PINS)
def list_pins(call: Call) -> Json:
    """Return a page of pinned messages, the one pinned last first."""
    limit = call.number("limit", 50, low=1, high=50)
    before = moment_in_query(call, "before")
    found = [it for it in _pinned(call) if before is None or (it.pinned_at is not None and it.pinned_at < before)]
    items = [
        {"pinned_at": payloads.moment(it.pinned_at), "message": payloads.message(call.world, it)}
        for it in found[:limit]
    ]
    return {"items": items, "has_more": len(found) > limit}


@routes.route("GET", _OLD)
def list_pins_of_old(call: Call) -> list[Json]:
    """Return the pinned messages without pages."""
    return [payloads.message(call.world, it) for it in _pinned(call)[:50]]


@routes.route("PUT", _PINS + "/{message_id}")
@routes.route("PUT", _OLD + "/{message_id}")
def pin_message(call: Call) -> None:
    """Pin a message; one that is pinned already stays as it is."""
    guild, channel, message = _target(call)
    if message.pinned_at is not None:
        return
    if message.type not in _PINNABLE:
        raise DiscordError(403, 50021, "Cannot execute action on a system message")
    if len(pins.of_channel(call.world, channel)) >= _MOST:
        raise DiscordError(400, 30003, f"Maximum number of pins reached for the channel ({_MOST})")
    pins.pin(call.world, channel, message, call.bot.id)
    _record(call, guild, Action.MESSAGE_PIN, message)


@routes.route("DELETE", _PINS + "/{message_id}")
@routes.route("DELETE", _OLD + "/{message_id}")
def unpin_message(call: Call) -> None:
    """Take the pin out of a message."""
    guild, channel, message = _target(call)
    if message.pinned_at is not None:
        pins.unpin(call.world, channel, message)
        _record(call, guild, Action.MESSAGE_UNPIN, message)


def moment_in_query(call: Call, name: str) -> datetime | None:
    """Return a time from the query, if it is there."""
    text = call.query.get(name)
    if text is None:
        return None
    try:
        # A plus sign that was not encoded arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise invalid_form((name,), "DATE_TIME_TYPE_PARSE", "Could not parse. Should be ISO8601.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _pinned(call: Call) -> list[Message]:
    channel = call.channel()
    guild = call.world.guild_of(channel)
    may_read = guild is None or call.world.permissions_of(guild, call.bot.id, channel) & Permission.READ_MESSAGE_HISTORY
    return pins.of_channel(call.world, channel) if may_read else []


def _target(call: Call) -> tuple[Guild | None, Channel, Message]:
    channel = call.channel(Permission.PIN_MESSAGES)
    require_awake(channel)
    return call.world.guild_of(channel), channel, message_of(call, channel)


def _record(call: Call, guild: Guild | None, action: Action, message: Message) -> None:
    if guild is not None:
        options = {"channel_id": str(message.channel_id), "message_id": str(message.id)}
        record(call.world, guild, action, message.author_id, call.reason, options=options)
