"""All mixins in one place: what tables have in common."""

from guildbase.database.rows.crud import CRUDMixin
from guildbase.database.rows.soft_delete import SoftDeleteMixin
from guildbase.database.rows.stamps import AuditMixin, DiscordIDMixin, TimestampMixin, VersionMixin

__all__ = ["AuditMixin", "CRUDMixin", "DiscordIDMixin", "SoftDeleteMixin", "TimestampMixin", "VersionMixin"]
