"""Files reports and appeals and sees them through; the only writers of their tables."""

from guildbase.features.reports.controller.appeals import AppealController
from guildbase.features.reports.controller.filing import FilingController
from guildbase.features.reports.controller.queue import QueueController, ReportNotFound

__all__ = ["AppealController", "FilingController", "QueueController", "ReportNotFound"]
