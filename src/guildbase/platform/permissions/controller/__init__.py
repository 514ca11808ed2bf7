"""Judges who may use a command, and keeps the rules; the only writer of both tables."""

from guildbase.platform.permissions.controller.gate import PermissionGate
from guildbase.platform.permissions.controller.permissions import PermissionController, RuleNotFound, SetRules
from guildbase.platform.permissions.controller.section import PermissionsSection

__all__ = ["PermissionController", "PermissionGate", "PermissionsSection", "RuleNotFound", "SetRules"]
