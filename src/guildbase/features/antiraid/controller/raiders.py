"""What is done to those who raid: decided for all at once, and carried out in batches that can be cut off anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlmodel import col

from guildbase.core.errors import GuildbaseError
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.snowflake import LARGEST, SMALLEST
from guildbase.core.targets import BotStanding, Target
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.antiraid.controller.raids import ACT, ALERT, NoSuchRaid, RaidController
from guildbase.features.antiraid.kinds import RaidAction, RaiderState
from guildbase.features.antiraid.models import Raid, Raider
from guildbase.features.antiraid.rules.rights import require_action, require_moderator
from guildbase.features.moderation.controller import OpenedCase
from guildbase.features.moderation.controller.bulk import BulkController
from guildbase.features.moderation.kinds import CaseSource, CaseType
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox, Priority

BATCH = 250
"""Raiders whose cases are opened with one transaction."""
DOES = {
    RaidAction.TIMEOUT: CaseType.TIMEOUT,
    RaidAction.QUARANTINE: CaseType.JAIL,
    RaidAction.KICK: CaseType.KICK,
    RaidAction.BAN: CaseType.BAN,
}
UNDOES = {
    RaidAction.TIMEOUT: CaseType.UNTIMEOUT,
    RaidAction.QUARANTINE: CaseType.UNJAIL,
    RaidAction.BAN: CaseType.UNBAN,
}
"""A kick cannot be undone."""
TO_DO = (RaiderState.DUE, RaiderState.FREEING)


class RaiderController(BaseController):
    """The writer of what becomes of those who raid."""

    async def punish(self, caller: Caller, guild_id: int, number: int, action: RaidAction) -> None:
        """Have this done to all of the raid, also to those who are still to come; whom staff released stays free.

        Raises:
            PermissionDenied: the caller may not do that here.
            NoSuchRaid: there is none.
        """
        require_action(caller, guild_id, action)
        already = (col(Raider.state) == RaiderState.DONE) & (col(Raider.action) == action)
        wanted = ~already & col(Raider.state).not_in((RaiderState.RELEASED, RaiderState.FREEING))
        await self._order(caller, guild_id, number, action, wanted)

    async def release(self, caller: Caller, guild_id: int, number: int) -> None:
        """Let all of the raid go, and undo what was done to them; nothing is done to whoever is still to come.

        Raises:
            PermissionDenied: the caller is no moderator here.
            NoSuchRaid: there is none.
        """
        require_moderator(caller, guild_id)
        undone = (col(Raider.state) == RaiderState.DONE) & col(Raider.action).in_(UNDOES)
        await self._order(caller, guild_id, number, RaidAction.NONE, undone)

    async def list(
        self,
        caller: Caller,
        guild_id: int,
        number: int,
        *,
        state: RaiderState | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> Sequence[Raider]:
        """Return who came with the raid, in the order of their ids.

        Raises:
            PermissionDenied: the caller may not see raids here.
            NoSuchRaid: there is none.
        """
        await self.services.get(RaidController).view(caller, guild_id, number)
        found = select(Raider).where(col(Raider.guild_id) == guild_id, col(Raider.number) == number)
        if state is not None:
            found = found.where(col(Raider.state) == state)
        if after is not None:
            found = found.where(col(Raider.user_id) > after)
        async with self.reading() as session:
            return (await session.execute(found.order_by(col(Raider.user_id)).limit(limit))).scalars().all()

    async def act(self, by: Caller, guild_id: int, number: int, *, bot: BotStanding) -> int:
        """Do what is due to the next of them; return how many that were. To be called till there is none.

        A case that was opened before a crash is found again by its request, so nothing is done twice.
        """
        due = (
            select(Raider)
            .where(col(Raider.guild_id) == guild_id, col(Raider.number) == number, col(Raider.state).in_(TO_DO))
            .order_by(col(Raider.user_id))
            .limit(BATCH)
        )
        async with self.reading() as session:
            found = (await session.execute(due)).scalars().all()
        if not found:
            return 0
        length = (await self.services.get(RaidController).settings(guild_id)).timeout
        news = [_new(it, length, bot) for it in found]
        results = await self.services.get(BulkController).act(by, guild_id, news)
        await self._settle(guild_id, number, dict(zip([it.user_id for it in found], found, strict=True)), results)
        return len(found)

    async def _order(
        self, caller: Caller, guild_id: int, number: int, action: RaidAction, raiders: ColumnElement[bool]
    ) -> None:
        """Have the action done to these raiders, or with none undo what was done to them."""
        of_raid = col(Raider.guild_id) == guild_id, col(Raider.number) == number

        async def change(work: UnitOfWork) -> None:
            raid = await Raid.get_by_id(work.session, (guild_id, number))
            if raid is None:
                raise NoSuchRaid
            await raid.update(work.session, action=action)
            if action is RaidAction.NONE:
                waiting = col(Raider.state).in_((RaiderState.HELD, RaiderState.DUE, RaiderState.FAILED))
                await work.session.execute(update(Raider).where(*of_raid, waiting).values(state=RaiderState.RELEASED))
                values: dict[str, Any] = {"state": RaiderState.FREEING}
            else:
                values = {"state": RaiderState.DUE, "action": action}
            await work.session.execute(update(Raider).where(*of_raid, raiders).values(**values))
            outbox, payload = self.services.get(Outbox), {"number": number}
            for kind in (ACT, ALERT):
                await outbox.promise(work, kind, payload, guild_id=guild_id, priority=Priority.MODERATION)
            details = {"raid": number, "action": action.value}
            await self.audit(work, AuditRecord("antiraid.act_on_all", guild_id, details=details))

        await self.services.get(GuildController).change(caller, guild_id, change)

    async def _settle(
        self, guild_id: int, number: int, done: Mapping[int, Raider], results: Sequence[OpenedCase | GuildbaseError]
    ) -> None:
        """Keep what became of them; somebody may have wished something else of one of them meanwhile."""
        outcomes = dict(zip(done, results, strict=True))
        locked = select(Raider).where(
            col(Raider.guild_id) == guild_id, col(Raider.number) == number, col(Raider.user_id).in_(done)
        )

        async def action(work: UnitOfWork) -> None:
            for row in (await work.session.execute(locked.with_for_update())).scalars():
                _note(row, done[row.user_id], outcomes[row.user_id])

        await self.run(SYSTEM, action)


def _note(row: Raider, before: Raider, outcome: OpenedCase | GuildbaseError) -> None:
    """Write the outcome into the row, which was `before` when the action began."""
    is_as_wished = (row.state, row.action) == (before.state, before.action)
    if isinstance(outcome, GuildbaseError):
        if is_as_wished:
            row.state, row.failure = RaiderState.FAILED, outcome.message[:300]
        return
    row.case_number, row.failure = outcome.case.number, ""
    if is_as_wished:
        row.state = RaiderState.RELEASED if before.state is RaiderState.FREEING else RaiderState.DONE
    elif row.state is RaiderState.RELEASED and before.action in UNDOES:
        # They were released while it was being done to them.
        row.state = RaiderState.FREEING


def _new(raider: Raider, length: timedelta, bot: BotStanding) -> NewAction:
    is_freed = raider.state is RaiderState.FREEING
    case_type = UNDOES[raider.action] if is_freed else DOES[raider.action]
    reason = _("Released after raid {number}", number=raider.number)
    return NewAction(
        case_type,
        Target(raider.user_id, raider.user_name or str(raider.user_id)),
        reason if is_freed else _("Came with raid {number}", number=raider.number),
        duration=length if case_type is CaseType.TIMEOUT else None,
        source=CaseSource.RAID,
        request_id=request_of(raider, case_type),
        is_silent=True,
        bot=bot,
    )


def request_of(raider: Raider, case_type: CaseType) -> int:
    """Return the number of the request for this, always the same: asked for twice, it is one case."""
    came = int(raider.joined_at.timestamp())  # Whoever was kicked may come back.
    told = f"{raider.guild_id}:{raider.number}:{raider.user_id}:{came}:{case_type}".encode()
    number = int.from_bytes(hashlib.blake2b(told, digest_size=8).digest())
    return SMALLEST + number % (LARGEST - SMALLEST)
