""".../scheduled-events/{event.id}/exceptions: single occurrences of recurring events that are moved or cancelled."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.scheduled_event_forms import ExceptionChanges, NewException
from guildbase.simulator.rest.scheduled_events import event_of, require_control
from guildbase.simulator.world import scheduled_events
from guildbase.simulator.world.entities import EventException, Guild, ScheduledEvent

routes = RouteTable()
_EXCEPTIONS = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions"
_DISCORD_EPOCH = 1_420_070_400


@routes.route("POST", _EXCEPTIONS)
def create_exception(call: Call) -> Json:
    """Move or cancel one occurrence, which is named by its original time."""
    _, one = _event(call)
    form = call.form(NewException)
    if one.recurrence_rule is None:
        text = "The event does not recur."
        raise invalid_form(("original_scheduled_start_time",), "GUILD_SCHEDULED_EVENT_NOT_RECURRING", text)
    original = form.original_scheduled_start_time
    if original < one.starts_at:
        text = "There is no occurrence at that time."
        raise invalid_form(("original_scheduled_start_time",), "GUILD_SCHEDULED_EVENT_NO_OCCURRENCE", text)
    exception_id = int((original.timestamp() - _DISCORD_EPOCH) * 1000) << 22
    made = EventException(
        exception_id,
        form.scheduled_start_time or original,
        form.scheduled_end_time,
        bool(form.is_canceled),
    )
    scheduled_events.set_exception(call.world, one, made)
    return payloads.event_exception(one, made)


@routes.route("PATCH", f"{_EXCEPTIONS}/{{exception_id}}")
def edit_exception(call: Call) -> Json:
    """Change what is different in one occurrence."""
    _, one = _event(call)
    found = _exception(call, one)
    form = call.form(ExceptionChanges)
    changed = EventException(
        found.id,
        form.scheduled_start_time or found.starts_at,
        form.scheduled_end_time if "scheduled_end_time" in form.model_fields_set else found.ends_at,
        found.is_canceled if form.is_canceled is None else form.is_canceled,
    )
    scheduled_events.set_exception(call.world, one, changed)
    return payloads.event_exception(one, changed)


@routes.route("DELETE", f"{_EXCEPTIONS}/{{exception_id}}")
def delete_exception(call: Call) -> None:
    """Let the occurrence be as the rule has it."""
    _, one = _event(call)
    scheduled_events.drop_exception(call.world, one, _exception(call, one))


def _event(call: Call) -> tuple[Guild, ScheduledEvent]:
    guild = call.guild()
    one = event_of(call, guild)
    require_control(call, guild, one)
    return guild, one


def _exception(call: Call, one: ScheduledEvent) -> EventException:
    found = one.exceptions.get(call.id("exception_id"))
    if found is None:
        raise DiscordError(404, 10070, "Unknown Guild Scheduled Event")
    return found
