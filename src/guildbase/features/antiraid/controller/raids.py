"""Begins raids, writes down who takes part, and ends them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller, GuildSnapshots
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.antiraid.kinds import Cause, RaidAction, RaiderState, RaidLevel, RaidState
from guildbase.features.antiraid.models import Raid, Raider
from guildbase.features.antiraid.rules.rights import require_moderator, require_reader
from guildbase.features.antiraid.schemas import AntiraidSettings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueRun, DueWork
from guildbase.services.outbox import Outbox, Priority

ALERT, ACT, INVITES, LOCK = "antiraid.alert", "antiraid.act", "antiraid.invites", "antiraid.lock"
"""The effects: tell the staff, act on those who are due, pause or open invites, lock or unlock the server."""
QUIET = "antiraid.quiet"
PAUSE = timedelta(hours=24)
"""The longest that Discord pauses invites."""


class NoSuchRaid(NotFound):
    """The guild has no such raid."""

    code = "raid_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no raid like this."), hint=_("`/antiraid status` shows what goes on."))


@dataclass(frozen=True, slots=True)
class NewRaider:
    """Somebody who came with a raid."""

    user_id: int
    name: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class RaidOutline:
    """A raid with how many take part, by where they stand."""

    raid: Raid
    counts: Mapping[RaiderState, int]

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


class RaidController(BaseController):
    """The one writer of raids."""

    async def begin(self, guild_id: int, causes: Collection[Cause], raiders: Sequence[NewRaider]) -> int | None:
        """Write down that a raid began and who takes part, with all that follows from it; return its number.

        If one goes on already, they belong to that. Without a cause none begins, and then nothing is written.
        """
        settings = await self.settings(guild_id)

        async def action(work: UnitOfWork) -> int | None:
            number = await self._active(work, guild_id)
            if number is None and not causes:
                return None
            if number is None:
                began_at = min((it.joined_at for it in raiders), default=utcnow())
                number = await self._begin(work, guild_id, causes, settings, began_at)
            await self._add(work, guild_id, number, raiders, settings.quiet)
            return number

        return await self.services.get(GuildController).change(SYSTEM, guild_id, action)

    async def end(self, caller: Caller, guild_id: int, number: int | None = None) -> int:
        """End the raid that goes on: invites, channels and joins are as before; return its number.

        Raises:
            PermissionDenied: the caller is no moderator here.
            NoSuchRaid: none goes on, or another than the one of the number.
        """
        require_moderator(caller, guild_id)

        async def action(work: UnitOfWork) -> int:
            active = await self._active(work, guild_id)
            if active is None or number not in (None, active):
                raise NoSuchRaid
            await self._end(work, guild_id, active, "by hand")
            await self.services.get(DueWork).cancel(work, _quiet_key(guild_id))
            return active

        return await self.services.get(GuildController).change(caller, guild_id, action)

    async def run_out(self, run: DueRun) -> None:
        """End the raid after a quiet while, together with the due work that says so."""
        guild_id, number = run.guild_id or 0, int(run.payload["number"])

        async def action(work: UnitOfWork) -> None:
            # Whoever came meanwhile has scheduled this anew, and then it is not completed here.
            await run.complete(work)
            await self._end(work, guild_id, number, "quiet")

        await self.services.get(GuildController).change(SYSTEM, guild_id, action)

    async def order_lock(self, caller: Caller, guild_id: int, number: int) -> None:
        """Have the server locked until the raid is over.

        Raises:
            PermissionDenied: the caller is no moderator here.
            NoSuchRaid: it does not go on.
        """
        require_moderator(caller, guild_id)

        async def action(work: UnitOfWork) -> None:
            if await self._active(work, guild_id) != number:
                raise NoSuchRaid
            await self._promise(work, LOCK, guild_id, number)
            await self.audit(work, AuditRecord("antiraid.lock", guild_id, details={"raid": number}))

        await self.run(caller, action)

    async def note(self, guild_id: int, number: int, **values: Any) -> None:
        """Keep what the effects found or made on Discord, before or after they do."""

        async def action(work: UnitOfWork) -> None:
            raid = await _required(work.session, guild_id, number)
            await raid.update(work.session, **values)

        await self.run(SYSTEM, action)

    async def get(self, guild_id: int, number: int) -> RaidOutline:
        """Return the raid; NoSuchRaid if there is none."""
        async with self.reading() as session:
            raid = await _required(session, guild_id, number)
            counting = select(col(Raider.state), func.count()).where(
                col(Raider.guild_id) == guild_id, col(Raider.number) == number
            )
            rows = (await session.execute(counting.group_by(col(Raider.state)))).all()
        return RaidOutline(raid, {state: count for state, count in rows})  # noqa: C416 - rows are no pairs for mypy.

    async def view(self, caller: Caller, guild_id: int, number: int) -> RaidOutline:
        """Return the raid with how many take part.

        Raises:
            PermissionDenied: the caller may not see raids here.
            NoSuchRaid: there is none.
        """
        require_reader(caller, guild_id)
        return await self.get(guild_id, number)

    async def list(
        self, caller: Caller, guild_id: int, *, before: int | None = None, limit: int = 20
    ) -> Sequence[Raid]:
        """Return raids newest first; PermissionDenied if the caller may not see them."""
        require_reader(caller, guild_id)
        found = select(Raid).where(col(Raid.guild_id) == guild_id)
        if before is not None:
            found = found.where(col(Raid.number) < before)
        async with self.reading() as session:
            return (await session.execute(found.order_by(col(Raid.number).desc()).limit(limit))).scalars().all()

    async def see(self, caller: Caller, guild_id: int) -> RaidOutline | None:
        """Return the last raid, which may go on; None if there was none.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        require_moderator(caller, guild_id)
        last = select(func.max(col(Raid.number))).where(col(Raid.guild_id) == guild_id)
        async with self.reading() as session:
            number = (await session.execute(last)).scalar_one()
        return None if number is None else await self.get(guild_id, number)

    async def going_on(self, guild_ids: Collection[int]) -> Sequence[Raid]:
        """Return the raids of these guilds that go on, for the check after a start."""
        active = select(Raid).where(col(Raid.guild_id).in_(guild_ids), col(Raid.state) == RaidState.ACTIVE)
        async with self.reading() as session:
            return (await session.execute(active)).scalars().all()

    async def settings(self, guild_id: int) -> AntiraidSettings:
        """Return what the server set."""
        return (await self.services.get(GuildSnapshots).load(guild_id)).get(AntiraidSettings)

    async def _begin(
        self, work: UnitOfWork, guild_id: int, causes: Collection[Cause], settings: AntiraidSettings, began_at: datetime
    ) -> int:
        number = await self.services.get(GuildController).next_number(work, guild_id, "raid")
        acts = settings.level in (RaidLevel.ON, RaidLevel.LOCKDOWN)
        action = settings.action if acts else RaidAction.NONE
        about: dict[str, Any] = {"level": settings.level, "action": action, "cause": " ".join(causes)}
        until = utcnow() + PAUSE if acts and settings.pause_invites else None
        fixed = {"guild_id": guild_id, "number": number, "state": RaidState.ACTIVE}
        # From the first of them on, so that whoever came before this was stored is found after a crash.
        when: dict[str, Any] = {"started_at": began_at, "invites_paused_until": until}
        await Raid.create(work.session, **fixed, **when, **about)
        await self._promise(work, ALERT, guild_id, number)
        if until is not None:
            await self._promise(work, INVITES, guild_id, number)
        if settings.level is RaidLevel.LOCKDOWN:
            await self._promise(work, LOCK, guild_id, number)
        details = {"raid": number, **{name: str(value) for name, value in about.items()}}
        await self.audit(work, AuditRecord("antiraid.begin", guild_id, details=details))
        return number

    async def _add(
        self, work: UnitOfWork, guild_id: int, number: int, raiders: Sequence[NewRaider], quiet: timedelta
    ) -> None:
        raid = await _required(work.session, guild_id, number)
        state = RaiderState.HELD if raid.action is RaidAction.NONE else RaiderState.DUE
        fixed = {"guild_id": guild_id, "number": number, "state": state, "action": raid.action}
        rows = [
            {**fixed, "user_id": it.user_id, "user_name": it.name[:100], "joined_at": it.joined_at} for it in raiders
        ]
        await insert_missing(work.session, Raider, rows)
        await self._kick_again(work, guild_id, number, raiders)
        await raid.update(work.session, last_at=utcnow())
        key, payload = _quiet_key(guild_id), {"number": number}
        await self.services.get(DueWork).schedule(work, QUIET, payload, after=quiet, guild_id=guild_id, unique_key=key)
        if state is RaiderState.DUE:
            await self._promise(work, ACT, guild_id, number)

    async def _kick_again(self, work: UnitOfWork, guild_id: int, number: int, raiders: Sequence[NewRaider]) -> None:
        """Have those who were kicked and came back in the same raid kicked once more."""
        kicked = select(Raider).where(
            col(Raider.guild_id) == guild_id,
            col(Raider.number) == number,
            col(Raider.user_id).in_([it.user_id for it in raiders]),
            col(Raider.state) == RaiderState.DONE,
            col(Raider.action) == RaidAction.KICK,
        )
        came = {it.user_id: it.joined_at for it in raiders}
        for row in (await work.session.execute(kicked)).scalars():
            if came[row.user_id] > row.joined_at:
                row.joined_at, row.state = came[row.user_id], RaiderState.DUE

    async def _end(self, work: UnitOfWork, guild_id: int, number: int, reason: str) -> None:
        raid = await _required(work.session, guild_id, number)
        by = None if work.caller.is_system else work.caller.user_id
        await raid.update(work.session, state=RaidState.ENDED, ended_at=utcnow(), ended_by_id=by)
        # Each looks at the raid and undoes what it did; where it did nothing, it does nothing. Who is due stays so.
        for kind in (INVITES, LOCK, ACT, ALERT):
            await self._promise(work, kind, guild_id, number)
        await self.audit(work, AuditRecord("antiraid.end", guild_id, reason=reason, details={"raid": number}))

    async def _active(self, work: UnitOfWork, guild_id: int) -> int | None:
        """Return the number of the raid that goes on; it does not end before this transaction does."""
        active = select(col(Raid.number)).where(col(Raid.guild_id) == guild_id, col(Raid.state) == RaidState.ACTIVE)
        return (await work.session.execute(active.with_for_update())).scalar_one_or_none()

    async def _promise(self, work: UnitOfWork, kind: str, guild_id: int, number: int) -> None:
        outbox, payload = self.services.get(Outbox), {"number": number}
        await outbox.promise(work, kind, payload, guild_id=guild_id, priority=Priority.MODERATION)


async def _required(session: AsyncSession, guild_id: int, number: int) -> Raid:
    raid = await Raid.get_by_id(session, (guild_id, number))
    if raid is None:
        raise NoSuchRaid
    return raid


def _quiet_key(guild_id: int) -> str:
    return f"{QUIET}:{guild_id}"
