"""Keeps what purges did."""

from __future__ import annotations

from collections.abc import Mapping

from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.channels.rules.rights import checked_reason, require_messages
from guildbase.services.controller import BaseController


class PurgeController(BaseController):
    """Judges who may purge, and leaves the audit rows."""

    def require(self, caller: Caller, guild_id: int) -> None:
        """Raise PermissionDenied unless the caller may delete messages of others here."""
        require_messages(caller, guild_id)

    async def begin(
        self, caller: Caller, guild_id: int, channel_id: int, reason: str, details: Mapping[str, object]
    ) -> None:
        """Keep what is about to be deleted, and by whom.

        Raises:
            PermissionDenied: the caller may not delete messages of others here.
            InvalidInput: the reason is too long.
        """
        await self._keep(
            caller, guild_id, AuditRecord("channels.purge", guild_id, "channel", channel_id, reason, details)
        )

    async def finish(self, caller: Caller, guild_id: int, channel_id: int, details: Mapping[str, object]) -> None:
        """Keep how many messages were deleted."""
        await self._keep(caller, guild_id, AuditRecord("channels.purged", guild_id, "channel", channel_id, "", details))

    async def _keep(self, caller: Caller, guild_id: int, record: AuditRecord) -> None:
        require_messages(caller, guild_id)
        checked_reason(record.reason)

        async def action(work: UnitOfWork) -> None:
            await self.audit(work, record)

        await self.run(caller, action)
