"""What moderation does on Discord, run by the outbox executor."""

from guildbase.features.moderation.effects.modlog import log_case
from guildbase.features.moderation.effects.notices import tell_target
from guildbase.features.moderation.effects.punishments import enforce

__all__ = ["enforce", "log_case", "tell_target"]
