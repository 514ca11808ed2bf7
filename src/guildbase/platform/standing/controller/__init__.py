"""Decides who is blocked and who is trusted, and tells it without waiting; the only writers of both tables."""

from guildbase.platform.standing.controller.decisions import StandingNotFound
from guildbase.platform.standing.controller.section import StandingSection
from guildbase.platform.standing.controller.standings import StandingController
from guildbase.platform.standing.controller.worldwide import GlobalStandingController

__all__ = ["GlobalStandingController", "StandingController", "StandingNotFound", "StandingSection"]
