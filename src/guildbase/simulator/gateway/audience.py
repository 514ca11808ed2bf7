"""Whether the bot perceives an event: it must be there, see the place, and for some events hold a permission."""

from __future__ import annotations

from guildbase.simulator.permissions import Permission
from guildbase.simulator.world.state import Event, World

_NEEDED = {
    "GUILD_AUDIT_LOG_ENTRY_CREATE": Permission.VIEW_AUDIT_LOG,
    "AUTO_MODERATION_RULE_CREATE": Permission.MANAGE_GUILD,
    "AUTO_MODERATION_RULE_UPDATE": Permission.MANAGE_GUILD,
    "AUTO_MODERATION_RULE_DELETE": Permission.MANAGE_GUILD,
    "AUTO_MODERATION_ACTION_EXECUTION": Permission.MANAGE_GUILD,
    "INVITE_CREATE": Permission.MANAGE_CHANNELS,
    "INVITE_DELETE": Permission.MANAGE_CHANNELS,
}


def bot_perceives(world: World, event: Event) -> bool:
    """Tell whether the bot hears of the event at all, whatever the intents of its sessions.

    Bots are told of channels they cannot see, but not of what happens in them.
    """
    if event.visible_to is not None:
        return False
    if event.guild_id is None or event.name == "GUILD_DELETE":
        return True
    guild = world.guilds.get(event.guild_id)
    if guild is None or guild.id in world.outages or world.bot.id not in guild.members:
        return False
    channel = None if event.channel_id is None else world.channels.get(event.channel_id)
    if channel is not None and not world.can_view(channel, world.bot.id):
        return False
    needed = _NEEDED.get(event.name)
    return needed is None or bool(world.permissions_of(guild, world.bot.id, channel) & needed)
