"""Rules of the automatic moderation."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import AutoModRule


def automod_rule(one: AutoModRule) -> Json:
    """Return a rule."""
    return {
        "id": str(one.id),
        "guild_id": str(one.guild_id),
        "creator_id": str(one.creator_id),
        "name": one.name,
        "event_type": one.event_type,
        "trigger_type": one.trigger_type,
        "trigger_metadata": one.trigger_metadata,
        "actions": one.actions,
        "enabled": one.enabled,
        "exempt_roles": [str(it) for it in one.exempt_roles],
        "exempt_channels": [str(it) for it in one.exempt_channels],
    }
