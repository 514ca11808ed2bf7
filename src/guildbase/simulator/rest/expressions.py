"""The rules that custom emojis, stickers and sounds have in common: who may make, change and see whose they are."""

from __future__ import annotations

from guildbase.simulator.errors import DiscordError, missing_permissions
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.world.entities import Emoji, Guild, Sound, Sticker

_EITHER = Permission.CREATE_GUILD_EXPRESSIONS | Permission.MANAGE_GUILD_EXPRESSIONS


def creating(call: Call) -> Guild:
    """Return the guild of the path, in which the bot may make expressions."""
    return call.guild(Permission.CREATE_GUILD_EXPRESSIONS)


def require_control(call: Call, guild: Guild, one: Emoji | Sticker | Sound) -> None:
    """Raise Missing Permissions unless the bot may change it: its own with either permission, others' to manage."""
    needed = _EITHER if one.creator_id == call.bot.id else Permission.MANAGE_GUILD_EXPRESSIONS
    if not call.world.permissions_of(guild, call.bot.id) & needed:
        raise missing_permissions()


def shows_creators(call: Call, guild: Guild) -> bool:
    """Tell whether the bot may know who made an expression."""
    return bool(call.world.permissions_of(guild, call.bot.id) & _EITHER)


def full(code: int, what: str, limit: int) -> DiscordError:
    """400 because the guild has as many as it may have."""
    return DiscordError(400, code, f"Maximum number of {what} reached ({limit})")
