"""Writes and reads what is kept of changes, errors and usage."""

from guildbase.platform.telemetry.controller.audit import AuditController
from guildbase.platform.telemetry.controller.errors import ErrorController
from guildbase.platform.telemetry.controller.usage import UsageController

__all__ = ["AuditController", "ErrorController", "UsageController"]
