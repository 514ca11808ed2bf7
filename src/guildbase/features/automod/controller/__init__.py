"""The business logic of automod; the only writer of its tables."""

from guildbase.features.automod.controller.enforcement import EnforcementController
from guildbase.features.automod.controller.lists import ListController
from guildbase.features.automod.controller.rules import RuleController, RuleNotFound
from guildbase.features.automod.controller.section import AutomodSection
from guildbase.features.automod.controller.violations import ViolationController

__all__ = [
    "AutomodSection",
    "EnforcementController",
    "ListController",
    "RuleController",
    "RuleNotFound",
    "ViolationController",
]
