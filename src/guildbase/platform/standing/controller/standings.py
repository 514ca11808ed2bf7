"""The decisions on people in one server and everywhere, and on servers."""

from __future__ import annotations

from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, PermissionDenied
from guildbase.core.events import EventBus
from guildbase.core.i18n import _
from guildbase.core.ports import Caller, GuildSnapshot, Standing
from guildbase.core.settings import Settings
from guildbase.database.rows.pagination import Page
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.events import GuildJoined, GuildReturned
from guildbase.platform.guilds.rules import may_configure
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
from guildbase.platform.standing.controller.everywhere import Everywhere
from guildbase.platform.standing.models import GlobalStanding, GuildStanding, SubjectKind
from guildbase.platform.standing.rules import Decision, Subject
from guildbase.platform.standing.snapshot import GuildStandings
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController


class StandingController(BaseController):
    """The business logic of standings."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self.immune: frozenset[int] = services.get(Settings).owner_ids
        """The bot's owners, whom no block stops; a bot process adds those of the application."""
        self.everywhere = Everywhere(services)
        self._guilds = services.get(GuildController)
        events = services.get(EventBus)
        events.inside(GuildJoined, self._leave_if_blocked)
        events.inside(GuildReturned, self._leave_if_blocked)

    def of(self, user_id: int, guild: GuildSnapshot | None) -> Standing | None:
        """Return the standing that counts for the person in the server (None: in a direct message), if there is one."""
        person, server, here = self.everywhere.get(user_id), None, None
        if guild is not None:
            server, here = self.everywhere.get(guild.guild_id), guild.get(GuildStandings).of(user_id)
        if person is server is here is None:
            return None
        found = rules.strongest((person, server, here), utcnow())
        return None if found is not None and found.is_blocked and user_id in self.immune else found

    def refusal(
        self, user_id: int, guild: GuildSnapshot | None, *, permissions: int = 0, is_guild_owner: bool = False
    ) -> PermissionDenied | None:
        """Return what to tell the person who is blocked in the server, or whose server is; None if neither is so."""
        block = self.of(user_id, guild)
        if block is None or block.is_trusted:
            return None
        if block is self.everywhere.get(user_id):
            return rules.refused_everywhere(block)
        if guild is not None and block is self.everywhere.get(guild.guild_id):
            caller = Caller(user_id, guild.guild_id, permissions=permissions, is_guild_owner=is_guild_owner)
            return rules.refused_guild(block, is_manager=may_configure(caller, guild.guild_id))
        # Who became the owner after they were blocked is not kept out of their own server.
        return None if is_guild_owner else rules.refused_here(block)

    async def decide(self, caller: Caller, guild_id: int, subject: Subject, decision: Decision) -> GuildStanding:
        """Block the person in the guild or trust them, instead of what was decided before; it counts at once.

        Raises:
            PermissionDenied: the caller may not configure the guild, or the person is immune or stands as high.
            InvalidInput: the reason is too long, or the end has passed.
            Conflict: the guild has too many standings.
            GuildNotFound: the bot does not know the guild.
        """
        _require_may_configure(caller, guild_id)
        if decision.is_block and (refusal := rules.block_refusal(caller, subject, self.immune)):
            raise PermissionDenied(refusal)
        values = checked(caller, decision)

        async def decide(work: UnitOfWork) -> GuildStanding:
            await _require_room(work, guild_id, subject.user_id)
            row = await GuildStanding.upsert(work.session, guild_id=guild_id, user_id=subject.user_id, **values)
            await self.audit(work, record(decision, guild_id, SubjectKind.USER, subject.user_id))
            return row

        return await self._guilds.change(caller, guild_id, decide)

    async def lift(self, caller: Caller, guild_id: int, user_id: int) -> GuildStanding:
        """Forget what was decided about the person in the guild, and return what that was.

        Raises:
            PermissionDenied: the caller may not configure the guild.
            StandingNotFound: nothing was decided.
        """
        _require_may_configure(caller, guild_id)

        async def lift(work: UnitOfWork) -> GuildStanding:
            row = await GuildStanding.get_by_id(work.session, (guild_id, user_id))
            if row is None:
                raise StandingNotFound
            await row.delete(work.session)
            await self.audit(work, lifted(row, guild_id, SubjectKind.USER, user_id))
            return row

        return await self._guilds.change(caller, guild_id, lift)

    async def get(self, caller: Caller, guild_id: int, user_id: int) -> GuildStanding:
        """Return what was decided about the person in the guild, also if it ran out.

        Raises:
            PermissionDenied: the caller may not configure the guild.
            StandingNotFound: nothing was decided.
        """
        _require_may_configure(caller, guild_id)
        async with self.reading() as session:
            row = await GuildStanding.get_by_id(session, (guild_id, user_id))
        if row is None:
            raise StandingNotFound
        return row

    async def page(
        self, caller: Caller, guild_id: int, *, limit: int = 20, after: str | None = None, is_past: bool = False
    ) -> Page[GuildStanding]:
        """Return standings of the guild, the newest first: those that count, or those that ran out.

        Raises:
            PermissionDenied: the caller may not configure the guild.
            BadCursor: `after` is no cursor of this list.
        """
        _require_may_configure(caller, guild_id)
        newest_first = (col(GuildStanding.created_at).desc(), col(GuildStanding.user_id))
        wanted = in_force(GuildStanding, is_past=is_past)
        async with self.reading() as session:
            return await GuildStanding.get_page(
                session, wanted, guild_id=guild_id, order_by=newest_first, limit=limit, after=after
            )

    async def _leave_if_blocked(self, arrived: GuildJoined | GuildReturned, work: UnitOfWork) -> None:
        row = await GlobalStanding.get_by_id(work.session, (SubjectKind.GUILD, arrived.guild_id))
        if is_block(row):
            await promise_to_leave(self.services, work, arrived.guild_id)


def _require_may_configure(caller: Caller, guild_id: int) -> None:
    if not may_configure(caller, guild_id):
        raise PermissionDenied(_("Only who manages the server may do this."), hint=_("Ask for Manage Server."))


async def _require_room(work: UnitOfWork, guild_id: int, user_id: int) -> None:
    others = await GuildStanding.count(work.session, col(GuildStanding.user_id) != user_id, guild_id=guild_id)
    if others >= rules.MAX_IN_GUILD:
        raise Conflict(
            _("This server has {most} people on its list, which is the most.", most=rules.MAX_IN_GUILD),
            hint=_("Remove some, or ban instead of blocking."),
        )
