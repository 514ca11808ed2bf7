"""The commands about raids, and what watches for them."""

from guildbase.features.antiraid.cog.commands import Antiraid
from guildbase.features.antiraid.cog.watch import RaidWatch, is_watched, watch_message

__all__ = ["Antiraid", "RaidWatch", "is_watched", "watch_message"]
