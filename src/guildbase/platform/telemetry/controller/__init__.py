"""Writes and reads what is kept of changes and errors."""

from guildbase.platform.telemetry.controller.audit import AuditController
from guildbase.platform.telemetry.controller.errors import ErrorController

__all__ = ["AuditController", "ErrorController"]
