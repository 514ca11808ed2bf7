"""The business logic of moderation, and the only writer of its tables."""

from guildbase.features.moderation.controller.actions import ActionController, Recorded
from guildbase.features.moderation.controller.cases import CaseNotFound, ModerationController, OpenedCase
from guildbase.features.moderation.controller.section import CaseTypesSection

__all__ = ["ActionController", "CaseNotFound", "CaseTypesSection", "ModerationController", "OpenedCase", "Recorded"]
