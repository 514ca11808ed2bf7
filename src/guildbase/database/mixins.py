"""All mixins in one place: what tables have in common."""

from guildbase.database.crud import CRUDMixin
from guildbase.database.soft_delete import SoftDeleteMixin
from guildbase.database.stamps import AuditMixin, DiscordIDMixin, TimestampMixin, VersionMixin

__all__ = ["AuditMixin", "CRUDMixin", "DiscordIDMixin", "SoftDeleteMixin", "TimestampMixin", "VersionMixin"]
