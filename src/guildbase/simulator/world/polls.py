"""Polls: voting, and how they end."""

from __future__ import annotations

from functools import partial

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError
from guildbase.simulator.world.entities import Message, Poll, PollAnswer, User
from guildbase.simulator.world.state import Event, World
from guildbase.simulator.world.system_messages import SystemMessage, post


def vote(world: World, message: Message, user: User, answer_ids: list[int]) -> None:
    """Make these the user's votes, all others are taken back; refuse what the poll does not allow."""
    poll = poll_of(message)
    wanted = set(answer_ids)
    if poll.is_finalized:
        raise DiscordError(400, 520001, "Poll expired")
    if not wanted <= {it.id for it in poll.answers}:
        raise DiscordError(400, 10100, "Unknown Poll Answer")
    if len(wanted) > 1 and not poll.allow_multiselect:
        raise DiscordError(400, 520000, "This poll takes one vote from each")
    for answer in poll.answers:
        if (answer.id in wanted) != (user.id in answer.voters):
            _turn(world, message, answer, user.id)


def finish(world: World, message: Message) -> None:
    """End the poll now and tell those who see it how it went; a poll that has ended stays as it is."""
    poll = poll_of(message)
    if poll.is_finalized:
        return
    poll.is_finalized = True
    poll.expires_at = min(poll.expires_at, world.clock.now())
    channel = world.channels[message.channel_id]
    event = payloads.message_event(world, message)
    world.emit(Event("MESSAGE_UPDATE", event, channel.guild_id, channel.id, message.visible_to))
    if message.visible_to is not None:
        return
    result = payloads.poll_result(poll)
    post(world, channel, message.author_id, SystemMessage.POLL_RESULT, embeds=[result], reply_to=message.id)


def schedule(world: World, message: Message) -> None:
    """Let the poll of the message end when its time has come."""
    world.clock.call_at(poll_of(message).expires_at, partial(_expire, world, message.channel_id, message.id))


def schedule_all(world: World) -> None:
    """Let all polls that are open end in time."""
    for kept in world.messages.values():
        for message in kept.values():
            if message.poll is not None and not message.poll.is_finalized:
                schedule(world, message)


def poll_of(message: Message) -> Poll:
    """Return the message's poll, or raise the error for a message without one."""
    if message.poll is None:
        raise DiscordError(400, 520006, "Cannot expire a non-poll message")
    return message.poll


def _turn(world: World, message: Message, answer: PollAnswer, user_id: int) -> None:
    """Add the vote that is missing, or take back the one that is there."""
    adding = user_id not in answer.voters
    if adding:
        answer.voters.append(user_id)
    else:
        answer.voters.remove(user_id)
    channel = world.channels[message.channel_id]
    data = {
        "user_id": str(user_id),
        "channel_id": str(channel.id),
        "message_id": str(message.id),
        "answer_id": answer.id,
    }
    if channel.guild_id is not None:
        data["guild_id"] = str(channel.guild_id)
    name = "MESSAGE_POLL_VOTE_ADD" if adding else "MESSAGE_POLL_VOTE_REMOVE"
    world.emit(Event(name, data, channel.guild_id, channel.id, message.visible_to))


def _expire(world: World, channel_id: int, message_id: int) -> None:
    message = world.messages.get(channel_id, {}).get(message_id)
    if message is not None and message.poll is not None:
        finish(world, message)
