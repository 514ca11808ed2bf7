"""A person's and a guild's right to see and to erase."""

from guildbase.platform.privacy.controller.erasing import MOST_PASSES, Progress
from guildbase.platform.privacy.controller.privacy import ErasureNotFound, PrivacyController

__all__ = ["MOST_PASSES", "ErasureNotFound", "PrivacyController", "Progress"]
