"""What is done about raids on Discord."""

from guildbase.features.antiraid.effects.raids import act, alert, invites, lock

__all__ = ["act", "alert", "invites", "lock"]
