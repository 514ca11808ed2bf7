"""The commands and listeners of moderation, one file for each topic."""

from guildbase.features.moderation.cog.actions import Moderation
from guildbase.features.moderation.cog.bans import Bans
from guildbase.features.moderation.cog.case_lists import Cases
from guildbase.features.moderation.cog.case_types import CaseTypes
from guildbase.features.moderation.cog.ladders import Ladders
from guildbase.features.moderation.cog.mass import MassModeration
from guildbase.features.moderation.cog.menus import ActionMenus
from guildbase.features.moderation.cog.notes import Notes
from guildbase.features.moderation.cog.reasons import Reasons
from guildbase.features.moderation.cog.voice import VoiceModeration
from guildbase.features.moderation.cog.watch import Watch

__all__ = [
    "ActionMenus",
    "Bans",
    "CaseTypes",
    "Cases",
    "Ladders",
    "MassModeration",
    "Moderation",
    "Notes",
    "Reasons",
    "VoiceModeration",
    "Watch",
]
