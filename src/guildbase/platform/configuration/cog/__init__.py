"""The commands of settings."""

from guildbase.platform.configuration.cog.config import Configuration
from guildbase.platform.configuration.cog.custom import CustomCommands

__all__ = ["Configuration", "CustomCommands"]
