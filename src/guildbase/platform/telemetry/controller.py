"""Writes and reads the audit table."""

from __future__ import annotations

from sqlmodel import col, select

from guildbase.core.logging import current_correlation_id
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.controller import BaseController


class AuditController(BaseController):
    """The audit sink of the platform."""

    async def record(self, transaction: UnitOfWork, caller: Caller, record: AuditRecord) -> None:
        """Add one audit row; it is stored if and only if the transaction commits."""
        transaction.session.add(
            AuditEntry(
                guild_id=record.guild_id,
                actor_id=caller.user_id,
                actor_name=caller.name[:100],
                action=record.action,
                target_type=record.target_type,
                target_id=record.target_id,
                reason=record.reason,
                details=dict(record.details),
                correlation_id=current_correlation_id(),
            )
        )

    async def entries(self, guild_id: int, *, limit: int = 50) -> list[AuditEntry]:
        """Return the newest audit rows of a guild, newest first."""
        newest = (
            select(AuditEntry)
            .where(AuditEntry.guild_id == guild_id)
            .order_by(col(AuditEntry.audit_id).desc())
            .limit(limit)
        )
        async with self.reading() as session:
            return list((await session.execute(newest)).scalars())
