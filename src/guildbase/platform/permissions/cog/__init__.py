"""Who may use which command: the commands, and the answers to other processes."""

from guildbase.platform.permissions.cog.answers import PermissionAnswers
from guildbase.platform.permissions.cog.permissions import Permissions

__all__ = ["PermissionAnswers", "Permissions"]
