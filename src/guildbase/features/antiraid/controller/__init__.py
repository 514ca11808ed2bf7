"""The business logic of raids, and the only writer of their tables."""

from guildbase.features.antiraid.controller.raiders import RaiderController
from guildbase.features.antiraid.controller.raids import NewRaider, RaidController, RaidOutline

__all__ = ["NewRaider", "RaidController", "RaidOutline", "RaiderController"]
