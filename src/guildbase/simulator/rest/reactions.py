"""/channels/{channel.id}/messages/{message.id}/reactions: adding, listing and removing reactions."""

from __future__ import annotations

import re

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.messages import message_of
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.thread_changes import require_awake
from guildbase.simulator.world import expressions, messages
from guildbase.simulator.world.entities import Guild

routes = RouteTable()
_REACTIONS = "/channels/{channel_id}/messages/{message_id}/reactions"
_CUSTOM = re.compile(r"(?:a:)?\w{1,32}:([0-9]{15,20})")
_MOST = 20
_LONGEST = 32
# The one letter that is an emoji.
_LETTERS = "\N{INFORMATION SOURCE}"


@routes.route("PUT", _REACTIONS + "/{emoji}/@me")
def add_reaction(call: Call) -> None:
    """React as the bot; joining a reaction that is there needs no Add Reactions."""
    emoji = _emoji(call)
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    message = message_of(call, channel)
    require_awake(channel)
    guild = call.world.guild_of(channel)
    if emoji not in message.reactions:
        if guild is not None:
            call.require(guild, channel, Permission.ADD_REACTIONS, *_for_foreign(call, guild, emoji))
        if len(message.reactions) >= _MOST:
            raise DiscordError(400, 30010, f"Maximum number of reactions reached ({_MOST})")
    messages.react(call.world, message, emoji, call.bot.id)


@routes.route("DELETE", _REACTIONS + "/{emoji}/@me")
def remove_own_reaction(call: Call) -> None:
    """Take the bot's reaction back."""
    message = message_of(call, call.channel())
    messages.unreact(call.world, message, _emoji(call), call.bot.id)


@routes.route("DELETE", _REACTIONS + "/{emoji}/{user_id}")
def remove_reaction(call: Call) -> None:
    """Remove another user's reaction."""
    own = call.id("user_id") == call.bot.id
    message = message_of(call, call.channel(*(() if own else (Permission.MANAGE_MESSAGES,))))
    messages.unreact(call.world, message, _emoji(call), call.id("user_id"))


@routes.route("GET", _REACTIONS + "/{emoji}")
def list_reactions(call: Call) -> list[Json]:
    """Return the users who reacted with the emoji."""
    message = message_of(call, call.channel(Permission.READ_MESSAGE_HISTORY))
    limit = call.number("limit", 25, low=1, high=100)
    after = call.snowflake_in_query("after") or 0
    users = sorted(it for it in message.reactions.get(_emoji(call), []) if it > after)
    return [payloads.user(call.world.users.peek(it)) for it in users[:limit]]


@routes.route("DELETE", _REACTIONS)
def clear_reactions(call: Call) -> None:
    """Remove all reactions."""
    messages.clear_reactions(call.world, message_of(call, call.channel(Permission.MANAGE_MESSAGES)))


@routes.route("DELETE", _REACTIONS + "/{emoji}")
def clear_emoji(call: Call) -> None:
    """Remove all reactions with one emoji."""
    message = message_of(call, call.channel(Permission.MANAGE_MESSAGES))
    messages.clear_reactions(call.world, message, _emoji(call))


def _emoji(call: Call) -> str:
    """Return the emoji of the path by its key; a custom one must exist."""
    emoji = call.path["emoji"]
    custom = _CUSTOM.fullmatch(emoji)
    if custom is None:
        if emoji.isascii() or len(emoji) > _LONGEST or any(it.isalpha() and it not in _LETTERS for it in emoji):
            raise DiscordError(400, 10014, "Unknown Emoji")
        return emoji
    found = expressions.find_emoji(call.world, int(custom[1]))
    if found is None:
        raise DiscordError(400, 10014, "Unknown Emoji")
    return f"{found.name}:{found.id}"


def _for_foreign(call: Call, guild: Guild, emoji: str) -> tuple[Permission, ...]:
    """Return what an emoji of another guild needs."""
    emoji_id = emoji.rpartition(":")[2]
    home = call.world.homes.get(int(emoji_id)) if emoji_id.isdecimal() else None
    return () if home in (None, guild.id) else (Permission.USE_EXTERNAL_EMOJIS,)
