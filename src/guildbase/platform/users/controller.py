"""Makes the rows of people on first need."""

from __future__ import annotations

from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.users.models import Member, User
from guildbase.services.controller import BaseController


class UserController(BaseController):
    """Writes users and members."""

    async def ensure_member(self, work: UnitOfWork, guild_id: int, user_id: int) -> None:
        """Make the rows of guild, user and member in this transaction if they are not there."""
        await self.services.get(GuildController).ensure(work, guild_id)
        await insert_missing(work.session, User, [{"user_id": user_id}])
        await insert_missing(work.session, Member, [{"guild_id": guild_id, "user_id": user_id}])
