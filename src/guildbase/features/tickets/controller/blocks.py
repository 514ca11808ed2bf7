"""Who may open no tickets."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets.controller.access import require_team
from guildbase.features.tickets.kinds import MAX_REASON
from guildbase.features.tickets.models import TicketBlock
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController


class BlockController(BaseController):
    """The only writer of the tickets' block-list."""

    async def block(
        self, caller: Caller, guild_id: int, user_id: int, reason: str = "", *, duration: timedelta | None = None
    ) -> TicketBlock:
        """Let the person open no tickets, for good or for a time; an earlier block is replaced.

        Raises:
            PermissionDenied: the caller is no staff of tickets.
            InvalidInput: it is the caller, or the reason is too long.
        """
        reason = reason.strip().replace("\x00", "")
        if user_id == caller.user_id:
            raise InvalidInput(_("You cannot block yourself."))
        if len(reason) > MAX_REASON:
            raise InvalidInput(_("A reason has at most {most} characters.", most=MAX_REASON), hint=_("Shorten it."))
        values = {"reason": reason, "expires_at": utcnow() + duration if duration is not None else None}

        async def block(work: UnitOfWork) -> TicketBlock:
            await require_team(work.session, caller, guild_id)
            guilds = self.services.get(GuildController)
            await guilds.ensure(work, guild_id)
            await guilds.lock(work, guild_id)  # Two may block the same person at once.
            await self.audit(work, AuditRecord("tickets.block", guild_id, "user", user_id, reason))
            known = await TicketBlock.get_by_id(work.session, (guild_id, user_id))
            if known is not None:
                return await known.update(work.session, **values)
            return await TicketBlock.create(work.session, guild_id=guild_id, user_id=user_id, **values)

        return await self.run(caller, block)

    async def unblock(self, caller: Caller, guild_id: int, user_id: int) -> None:
        """Let the person open tickets again.

        Raises:
            PermissionDenied: the caller is no staff of tickets.
            NotFound: they are not blocked.
        """

        async def unblock(work: UnitOfWork) -> None:
            await require_team(work.session, caller, guild_id)
            known = await TicketBlock.get_by_id(work.session, (guild_id, user_id))
            if known is None:
                raise NotFound(_("They are not blocked."), hint=_("`/ticket blocked` shows who is."))
            await self.audit(work, AuditRecord("tickets.unblock", guild_id, "user", user_id))
            await work.session.delete(known)

        await self.run(caller, unblock)

    async def blocked(
        self, caller: Caller, guild_id: int, *, after: int | None = None, limit: int = 15
    ) -> list[TicketBlock]:
        """Return who is blocked now, by id, those above `after`; PermissionDenied if the caller is no staff."""
        lasts = or_(col(TicketBlock.expires_at).is_(None), col(TicketBlock.expires_at) > utcnow())
        conditions = [col(TicketBlock.guild_id) == guild_id, lasts]
        if after is not None:
            conditions.append(col(TicketBlock.user_id) > after)
        async with self.reading() as session:
            await require_team(session, caller, guild_id)
            order = (col(TicketBlock.user_id),)
            return await TicketBlock.get_multi(session, *conditions, order_by=order, limit=limit)
