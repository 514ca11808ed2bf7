"""The decisions everywhere, on people and on servers, by the bot's owners."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlmodel import col

from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.database.rows.pagination import Page
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.standing import rules
from guildbase.platform.standing.controller.decisions import (
    StandingNotFound,
    checked,
    in_force,
    is_block,
    lifted,
    promise_to_leave,
    record,
)
from guildbase.platform.standing.controller.standings import StandingController
from guildbase.platform.standing.models import GlobalStanding, SubjectKind
from guildbase.platform.standing.rules import Decision
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController


class GlobalStandingController(BaseController):
    """The business logic of standings everywhere."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._standings = services.get(StandingController)

    async def decide(
        self, caller: Caller, kind: SubjectKind, subject_id: int, decision: Decision, *, leave: bool = False
    ) -> GlobalStanding:
        """Block the person or the server everywhere, or trust them; with `leave` the bot leaves a blocked server.

        Raises:
            PermissionDenied: the caller is no owner of the bot, or whom it is about is one.
            InvalidInput: the reason is too long, or the end has passed.
        """
        _require_owner(caller)
        if decision.is_block and (refusal := rules.everywhere_refusal(caller, subject_id, self._standings.immune)):
            raise PermissionDenied(refusal)
        values = checked(caller, decision)

        async def decide(work: UnitOfWork) -> GlobalStanding:
            row = await GlobalStanding.upsert(work.session, subject_kind=kind, subject_id=subject_id, **values)
            await self.audit(work, record(decision, None, kind, subject_id))
            if leave and decision.is_block and kind is SubjectKind.GUILD:
                await promise_to_leave(self.services, work, subject_id)
            return row

        return await self._changing(caller, subject_id, decide)

    async def lift(self, caller: Caller, kind: SubjectKind, subject_id: int) -> GlobalStanding:
        """Forget what was decided about the person or the server everywhere, and return what that was.

        Raises:
            PermissionDenied: the caller is no owner of the bot.
            StandingNotFound: nothing was decided.
        """
        _require_owner(caller)

        async def lift(work: UnitOfWork) -> GlobalStanding:
            row = await GlobalStanding.get_by_id(work.session, (kind, subject_id))
            if row is None:
                raise StandingNotFound
            await row.delete(work.session)
            await self.audit(work, lifted(row, None, kind, subject_id))
            return row

        return await self._changing(caller, subject_id, lift)

    async def page(
        self, caller: Caller, *, limit: int = 20, after: str | None = None, is_past: bool = False
    ) -> Page[GlobalStanding]:
        """Return standings everywhere, the newest first: those that count, or those that ran out.

        Raises:
            PermissionDenied: the caller is no owner of the bot.
            BadCursor: `after` is no cursor of this list.
        """
        _require_owner(caller)
        newest_first = (col(GlobalStanding.created_at).desc(), col(GlobalStanding.subject_id))
        wanted = in_force(GlobalStanding, is_past=is_past)
        async with self.reading() as session:
            return await GlobalStanding.get_page(session, wanted, order_by=newest_first, limit=limit, after=after)

    async def is_blocked_guild(self, guild_id: int) -> bool:
        """Tell whether the server is blocked now, by what the database says."""
        async with self.reading() as session:
            row = await GlobalStanding.get_by_id(session, (SubjectKind.GUILD, guild_id))
        return is_block(row)

    async def _changing(
        self, caller: Caller, subject_id: int, action: Callable[[UnitOfWork], Awaitable[GlobalStanding]]
    ) -> GlobalStanding:
        row = await self.run(caller, action)
        await self._standings.everywhere.changed(subject_id)
        return row


def _require_owner(caller: Caller) -> None:
    if not rules.may_decide_everywhere(caller):
        raise PermissionDenied(_("Only the bot's owners may do this."))
