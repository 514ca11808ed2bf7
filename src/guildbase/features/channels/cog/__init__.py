"""The commands of the tools for channels."""

from guildbase.features.channels.cog.gate import Gate
from guildbase.features.channels.cog.lockdown import Lockdown
from guildbase.features.channels.cog.purge import Purge
from guildbase.features.channels.cog.slow_mode import SlowModes, is_slow, slow_down

__all__ = ["Gate", "Lockdown", "Purge", "SlowModes", "is_slow", "slow_down"]
