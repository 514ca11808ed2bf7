"""Pure decisions of moderation, the same for commands, API and dashboard."""

from guildbase.features.moderation.rules.actions import NEW_CASE, NewAction, NewCase
from guildbase.features.moderation.rules.governing import GoverningCase, deciding, governing, is_in_force
from guildbase.features.moderation.rules.plans import (
    MODERATE_MEMBERS,
    PLANS,
    Plan,
    deciders,
    plan_of,
    spares_nobody,
)
from guildbase.features.moderation.rules.rights import (
    MODERATOR_HINT,
    MODERATOR_LEVEL,
    NO_MODERATOR,
    hierarchy_refusal,
    incapacity,
    may_act,
    may_moderate,
)

__all__ = [
    "MODERATE_MEMBERS",
    "MODERATOR_HINT",
    "MODERATOR_LEVEL",
    "NEW_CASE",
    "NO_MODERATOR",
    "PLANS",
    "GoverningCase",
    "NewAction",
    "NewCase",
    "Plan",
    "deciders",
    "deciding",
    "governing",
    "hierarchy_refusal",
    "incapacity",
    "is_in_force",
    "may_act",
    "may_moderate",
    "plan_of",
    "spares_nobody",
]
