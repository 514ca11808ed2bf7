"""Gives rights in dashboards and takes them back; the only writer of the grants."""

from guildbase.platform.access.controller.developers import DeveloperController
from guildbase.platform.access.controller.grants import FIND_INSTALLER, AccessController, GrantNotFound
from guildbase.platform.access.controller.section import AccessSection

__all__ = ["FIND_INSTALLER", "AccessController", "AccessSection", "DeveloperController", "GrantNotFound"]
