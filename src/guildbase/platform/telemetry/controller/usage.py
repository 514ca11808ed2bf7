"""How often commands are used: gathered in memory, stored together, read as counts by day."""

from __future__ import annotations

from datetime import date

from guildbase.core.clock import utcnow
from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.platform.telemetry import queries, rules
from guildbase.platform.telemetry.models import MAX_COMMAND, CommandUsage
from guildbase.platform.telemetry.queries import UsageCount
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.write_behind.service import WriteBehind


class UsageController(BaseController):
    """The usage sink of the platform."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._gathered = services.get(WriteBehind)

    def command_used(self, command: str, guild_id: int | None, *, has_failed: bool) -> None:
        """Count one use of a command, without waiting; what is used in direct messages belongs to no guild."""
        if guild_id is not None:
            key = (guild_id, utcnow().date(), command[:MAX_COMMAND])
            self._gathered.add(CommandUsage, key, used=1, failed=int(has_failed))

    async def usage(self, caller: Caller, guild_id: int | None, since: date, until: date) -> list[UsageCount]:
        """Return how often each command was used on each day (UTC), both days included; for None in all guilds.

        What other processes gathered in the last seconds is not in it yet.

        Raises:
            PermissionDenied: the caller may not read this guild's log.
            DatabaseUnavailable: the database cannot be reached.
        """
        if not rules.may_read_audit(caller, guild_id):
            raise PermissionDenied(
                _("You may not read this."), hint=_("It takes View Audit Log or permission level 5.")
            )
        await self._gathered.flush()
        async with self.reading() as session:
            found = await session.execute(queries.usage(guild_id, since, until))
            return [UsageCount(day, command, int(used), int(failed)) for day, command, used, failed in found]
