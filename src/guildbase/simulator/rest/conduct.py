"""The rules for messages that hold for people alone: slowmode and the automatic moderation."""

from __future__ import annotations

from datetime import timedelta

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator.errors import DiscordError
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.world import automod
from guildbase.simulator.world.automod import Verdict
from guildbase.simulator.world.entities import Channel, Message

_BYPASSES_SLOWMODE = Permission.BYPASS_SLOWMODE | Permission.MANAGE_MESSAGES | Permission.MANAGE_CHANNELS


def check_pace(call: Call, channel: Channel) -> None:
    """Refuse a person's message that comes too soon after the last one in a channel with slowmode."""
    world, guild = call.world, call.world.guild_of(channel)
    pause = timedelta(seconds=channel.rate_limit_per_user)
    if call.actor is None or guild is None or not pause:
        return
    if world.permissions_of(guild, call.actor.id, channel) & _BYPASSES_SLOWMODE:
        return
    own = (it for it in reversed(world.messages[channel.id].values()) if it.author_id == call.bot.id)
    last = next(own, None)
    left = timedelta(0) if last is None else snowflake_time(last.id) + pause - world.clock.now()
    if left > timedelta(0):
        hint = f"slowmode in #{channel.name}: {call.actor.username} has to wait {left.total_seconds():.0f} s"
        text = "This action cannot be performed due to slowmode rate limit"
        raise DiscordError(403, 20016, text, hint=hint)


def judge(call: Call, channel: Channel, content: str) -> Verdict | None:
    """Return what the automatic moderation says of a person's text; refuse one that a rule blocks.

    Call this last, since a rule that strikes acts at once: what could not be sent anyway is nobody's offence.
    """
    world, guild = call.world, call.world.guild_of(channel)
    member = None if call.actor is None or guild is None else guild.members.get(call.actor.id)
    if guild is None or member is None:
        return None
    verdict = automod.judge(world, guild, channel, member, content)
    if verdict.refusal is not None:
        automod.enforce(world, guild, channel, member, verdict)
        raise DiscordError(400, 200_000, "Message was blocked by automatic moderation", hint=verdict.refusal)
    return verdict


def carry_out(call: Call, channel: Channel, verdict: Verdict | None, message: Message) -> None:
    """Do what the rules want for a message that was let through."""
    guild = call.world.guild_of(channel)
    if verdict is not None and guild is not None:
        automod.enforce(call.world, guild, channel, guild.members[message.author_id], verdict, message)
