"""/channels/{channel.id}/polls: who voted for what, and ending a poll early."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.messages import message_of
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import polls

routes = RouteTable()
_POLL = "/channels/{channel_id}/polls/{message_id}"


@routes.route("GET", _POLL + "/answers/{answer_id}")
def list_voters(call: Call) -> Json:
    """Return a page of the users who voted for one answer, by their ids."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    poll = polls.poll_of(message_of(call, channel))
    answer = next((it for it in poll.answers if it.id == call.id("answer_id")), None)
    if answer is None:
        raise unknown("Poll")
    limit = call.number("limit", 25, low=1, high=100)
    after = call.snowflake_in_query("after") or 0
    voters = sorted(it for it in answer.voters if it > after)[:limit]
    return {"users": [payloads.user(call.world.users.peek(it)) for it in voters]}


@routes.route("POST", _POLL + "/expire")
def end_poll(call: Call) -> Json:
    """End a poll of the bot's own at once."""
    message = message_of(call, call.channel())
    poll = polls.poll_of(message)
    if message.author_id != call.bot.id:
        raise DiscordError(403, 50005, "Cannot edit a message authored by another user")
    if poll.is_finalized:
        raise DiscordError(400, 520001, "Poll expired")
    polls.finish(call.world, message)
    return payloads.message(call.world, message)
