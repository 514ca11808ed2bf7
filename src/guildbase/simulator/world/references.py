"""What in a guild names a role or channel, and must not name it any longer than it exists."""

from __future__ import annotations

from guildbase.simulator.world import scheduled_events
from guildbase.simulator.world.entities import Guild
from guildbase.simulator.world.state import World


def forget(world: World, guild: Guild, gone: int) -> None:
    """Take the role or channel with this id out of all settings; events that would take place there are off."""
    for channel in guild.channels.values():
        channel.overwrites.pop(gone, None)
    for emoji in guild.emojis.values():
        emoji.roles = tuple(it for it in emoji.roles if it != gone)
    for rule in guild.automod_rules.values():
        rule.exempt_roles = [it for it in rule.exempt_roles if it != gone]
        rule.exempt_channels = [it for it in rule.exempt_channels if it != gone]
    for target_id, rules in guild.command_permissions.items():
        guild.command_permissions[target_id] = [it for it in rules if it.id != gone]
    _forget_for_newcomers(guild, gone)
    for event in [it for it in guild.scheduled_events.values() if it.channel_id == gone]:
        scheduled_events.delete(world, guild, event)


def _forget_for_newcomers(guild: Guild, gone: int) -> None:
    screen, onboarding = guild.welcome_screen, guild.onboarding
    if screen is not None:
        screen.channels = [it for it in screen.channels if it["channel_id"] != str(gone)]
    if onboarding is not None:
        onboarding.default_channel_ids = [it for it in onboarding.default_channel_ids if it != gone]
        for option in (option for prompt in onboarding.prompts for option in prompt["options"]):
            for name in ("role_ids", "channel_ids"):
                option[name] = [it for it in option[name] if it != str(gone)]
