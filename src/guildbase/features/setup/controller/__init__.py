"""The business logic of setup: its steps, and reports of what vanished."""

from guildbase.features.setup.controller.overview import Overview, OverviewController
from guildbase.features.setup.controller.reconciliation import ReconciliationController
from guildbase.features.setup.controller.steps import SetupController

__all__ = ["Overview", "OverviewController", "ReconciliationController", "SetupController"]
