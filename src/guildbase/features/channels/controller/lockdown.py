"""Locks channels and gives them back exactly as they were.

A row per channel says what is wanted; an effect brings Discord there. What an overwrite was before is stored before
it is touched, and goes when it is back, so a lockdown can be cut off anywhere and goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Select, delete, func, or_, select, update
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.channels.kinds import LockState
from guildbase.features.channels.models import MAX_FAILURE, ChannelLock, SavedOverwrite, ServerLock
from guildbase.features.channels.rules.overwrites import Change
from guildbase.features.channels.rules.rights import checked_reason, require_channels
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueRun, DueWork
from guildbase.services.outbox import Outbox, Priority

T = TypeVar("T")
SETTLE = "channels.settle_lock"
"""The effect that brings one channel to what is wanted of it."""
SPREAD = "channels.spread_lock"
"""The effect that finds the channels of a server that is to be locked."""
UNLOCK_DUE = "channels.unlock"
_CHANGE_FIELDS = (
    "target_id", "is_member", "existed", "changed", "before_allow", "before_deny", "set_allow", "set_deny",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of one channel now."""

    is_wanted: bool
    generation: int
    reason: str
    saved: tuple[Change, ...]
    """What was changed already, or is about to be."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the channels of a server are."""

    is_server_locked: bool
    locked: int
    pending: int
    failed: tuple[tuple[int, str], ...]
    """Channels that did not get where they should, and why."""


class LockdownController(BaseController):
    """The one writer of locks."""

    async def lock(
        self,
        caller: Caller,
        guild_id: int,
        channel_ids: Collection[int] | None,
        reason: str = "",
        duration: timedelta | None = None,
    ) -> list[int]:
        """Have these channels locked, or the whole server with None; return the numbers of the effects.

        A channel that is locked already gets the new reason and the new term.

        Raises:
            PermissionDenied: the caller may not change channels here.
            InvalidInput: the reason is too long.
        """
        require_channels(caller, guild_id)
        reason = checked_reason(reason)
        return await self._ordered(caller, guild_id, partial(self._lock, guild_id, channel_ids, reason, duration))

    async def unlock(self, caller: Caller, guild_id: int, channel_ids: Collection[int] | None, reason: str = "") -> int:
        """Have these channels given back as they were, or with None the server; return how many it will be.

        Channels that were locked by themselves stay so when the server is unlocked.

        Raises:
            PermissionDenied: the caller may not change channels here.
            NotFound: nothing of it is locked.
        """
        require_channels(caller, guild_id)
        reason = checked_reason(reason)
        return await self._ordered(caller, guild_id, partial(self._unlock, guild_id, channel_ids, reason))

    async def run_out(self, run: DueRun) -> None:
        """Unlock what had its time, together with the due work that says so."""
        guild_id, channel_id = run.guild_id or 0, run.payload.get("channel_id")
        channel_ids = None if channel_id is None else [int(channel_id)]

        async def action(work: UnitOfWork) -> None:
            await run.complete(work)
            is_of_server = channel_ids and await ServerLock.get_by_id(work.session, guild_id) is not None
            if is_of_server:  # It stays locked, and opens with the server.
                mine = col(ChannelLock.guild_id) == guild_id, col(ChannelLock.channel_id).in_(channel_ids or ())
                await ChannelLock.update_many(work.session, *mine, values={"is_of_server": True, "expires_at": None})
            else:
                await self._open(work, guild_id, channel_ids, "expired")

        await self._ordered(SYSTEM, guild_id, action)

    async def spread(self, guild_id: int, channel_ids: Collection[int]) -> bool:
        """Have these channels locked with the server, unless it is open again; return whether it is locked."""

        async def action(work: UnitOfWork) -> bool:
            server = await ServerLock.get_by_id(work.session, guild_id)
            if server is None:
                return False
            locked = select(col(ChannelLock.channel_id)).where(
                col(ChannelLock.guild_id) == guild_id,
                col(ChannelLock.is_wanted),
                col(ChannelLock.state) != LockState.FAILED,
            )
            known = set((await work.session.execute(locked)).scalars())
            row = {"reason": server.reason, "set_by_id": server.set_by_id, "is_of_server": True}
            await self._want(work, guild_id, set(channel_ids) - known, row)
            return True

        return await self._ordered(SYSTEM, guild_id, action)

    async def is_server_locked(self, guild_id: int) -> bool:
        """Tell whether the whole server is locked, so that new channels are to be, too."""
        async with self.reading() as session:
            return await ServerLock.get_by_id(session, guild_id) is not None

    async def wish(self, guild_id: int, channel_id: int) -> Wish | None:
        """Return what is wanted of the channel; None if nothing is."""
        async with self.reading() as session:
            row = await ChannelLock.get_by_id(session, (guild_id, channel_id))
            saved = (await session.execute(_saved(guild_id, channel_id))).scalars().all()
        if row is None:
            return None
        return Wish(row.is_wanted, row.generation, row.reason, tuple(map(_change, saved)))

    async def save(self, guild_id: int, channel_id: int, generation: int, changes: Iterable[Change]) -> bool:
        """Keep what is about to be changed, before it is; False if something else is wanted by now."""
        rows = [
            {"guild_id": guild_id, "channel_id": channel_id} | {name: getattr(change, name) for name in _CHANGE_FIELDS}
            for change in changes
        ]

        async def action(work: UnitOfWork) -> bool:
            if await self._still(work, guild_id, channel_id, generation) is None:
                return False
            await insert_missing(work.session, SavedOverwrite, rows)
            return True

        return await self.run(SYSTEM, action)

    async def settle(self, guild_id: int, channel_id: int, generation: int, *, failure: str = "") -> bool:
        """Keep what became of the wish; False if something else is wanted by now.

        A channel that is as it was is forgotten. One that failed to go back stays, to be tried again by a person.
        """

        async def action(work: UnitOfWork) -> bool:
            row = await self._still(work, guild_id, channel_id, generation)
            if row is None:
                return False
            if row.is_wanted or failure:
                state = LockState.FAILED if failure else LockState.DONE
                await row.update(work.session, state=state, failure=failure[:MAX_FAILURE])
            else:
                await self._forget(work, guild_id, channel_id)
            return True

        return await self.run(SYSTEM, action)

    async def forget(self, guild_id: int, channel_id: int) -> None:
        """Forget a channel that is gone."""
        await self.run(SYSTEM, partial(self._forget, guild_id=guild_id, channel_id=channel_id))

    async def progress(self, caller: Caller, guild_id: int, channel_ids: Collection[int] | None = None) -> Progress:
        """Return how far these channels are, or all; PermissionDenied if the caller may not change channels."""
        require_channels(caller, guild_id)
        asked = [col(ChannelLock.guild_id) == guild_id]
        if channel_ids is not None:
            asked.append(col(ChannelLock.channel_id).in_(channel_ids))
        counting = select(col(ChannelLock.state), func.count()).where(*asked)
        failing = select(col(ChannelLock.channel_id), col(ChannelLock.failure)).where(
            *asked, col(ChannelLock.state) == LockState.FAILED
        )
        async with self.reading() as session:
            server = await ServerLock.get_by_id(session, guild_id)
            counts: Counter[LockState] = Counter()
            for state, count in await session.execute(counting.group_by(col(ChannelLock.state))):
                counts[state] = count
            failed = [(row.channel_id, row.failure) for row in await session.execute(failing)]
        return Progress(server is not None, counts[LockState.DONE], counts[LockState.PENDING], tuple(failed))

    async def locks(
        self, caller: Caller, guild_id: int, *, is_all: bool = True, after: int = 0, limit: int = 100
    ) -> Sequence[ChannelLock]:
        """Return what is locked, or on its way, by channel, those above `after`.

        With `is_all=False` channels that are locked as the whole server is are left out, unless something failed.

        Raises:
            PermissionDenied: the caller may not change channels here.
        """
        require_channels(caller, guild_id)
        wanted = [col(ChannelLock.guild_id) == guild_id, col(ChannelLock.channel_id) > after]
        if not is_all:
            wanted.append(or_(~col(ChannelLock.is_of_server), col(ChannelLock.state) == LockState.FAILED))
        async with self.reading() as session:
            return await ChannelLock.get_multi(session, *wanted, order_by=(col(ChannelLock.channel_id),), limit=limit)

    async def _lock(
        self,
        guild_id: int,
        channel_ids: Collection[int] | None,
        reason: str,
        duration: timedelta | None,
        work: UnitOfWork,
    ) -> list[int]:
        expires_at = utcnow() + duration if duration else None
        row: dict[str, Any] = {"reason": reason, "set_by_id": work.caller.user_id, "expires_at": expires_at}
        details = {"seconds": int(duration.total_seconds()) if duration else None}
        if channel_ids is None:
            await ServerLock.upsert(work.session, guild_id=guild_id, **row)
            spread = await self._promise(work, SPREAD, guild_id, {})
            await self._set_term(work, guild_id, None, duration)
            await self.audit(work, AuditRecord("channels.lock_server", guild_id, reason=reason, details=details))
            return [spread]
        effects = await self._want(work, guild_id, channel_ids, {**row, "is_of_server": False})
        for channel_id in channel_ids:
            await self._set_term(work, guild_id, channel_id, duration)
            await self.audit(work, AuditRecord("channels.lock", guild_id, "channel", channel_id, reason, details))
        return effects

    async def _want(
        self, work: UnitOfWork, guild_id: int, channel_ids: Iterable[int], row: dict[str, Any]
    ) -> list[int]:
        effects = []
        for channel_id in sorted(channel_ids):
            there = await ChannelLock.get_by_id(work.session, (guild_id, channel_id))
            again = {**row, "is_wanted": True, "state": LockState.PENDING, "failure": ""}
            if there is None:
                await ChannelLock.create(work.session, guild_id=guild_id, channel_id=channel_id, **again)
            else:
                await there.update(work.session, **again, generation=there.generation + 1)
            effects.append(await self._promise(work, SETTLE, guild_id, {"channel_id": str(channel_id)}))
        return effects

    async def _unlock(self, guild_id: int, channel_ids: Collection[int] | None, reason: str, work: UnitOfWork) -> int:
        server = await ServerLock.get_by_id(work.session, guild_id) if channel_ids is None else None
        count = len(await self._locked(work, guild_id, channel_ids))
        if not count and server is None:
            raise NotFound(
                _("Nothing of this is locked."), hint=_("`/lockdown status` shows what I locked in this server.")
            )
        return await self._open(work, guild_id, channel_ids, reason)

    async def _open(self, work: UnitOfWork, guild_id: int, channel_ids: Collection[int] | None, reason: str) -> int:
        found = sorted(await self._locked(work, guild_id, channel_ids))
        if channel_ids is None:
            await work.session.execute(delete(ServerLock).where(col(ServerLock.guild_id) == guild_id))
            await self._set_term(work, guild_id, None, None)
            details = {"channels": len(found)}
            await self.audit(work, AuditRecord("channels.unlock_server", guild_id, reason=reason, details=details))
        opened = update(ChannelLock).where(
            col(ChannelLock.guild_id) == guild_id, col(ChannelLock.channel_id).in_(found)
        )
        generation = col(ChannelLock.generation) + 1
        values = {"is_wanted": False, "state": LockState.PENDING, "failure": "", "generation": generation}
        await work.session.execute(opened.values(**values))
        for channel_id in found:
            await self._set_term(work, guild_id, channel_id, None)
            await self._promise(work, SETTLE, guild_id, {"channel_id": str(channel_id)})
            if channel_ids is not None:
                await self.audit(work, AuditRecord("channels.unlock", guild_id, "channel", channel_id, reason))
        return len(found)

    async def _locked(self, work: UnitOfWork, guild_id: int, channel_ids: Collection[int] | None) -> set[int]:
        """Return which of the channels are locked or were meant to be; with None those of the server's lock."""
        found = select(col(ChannelLock.channel_id)).where(col(ChannelLock.guild_id) == guild_id)
        if channel_ids is None:
            found = found.where(col(ChannelLock.is_of_server))
        else:
            found = found.where(col(ChannelLock.channel_id).in_(channel_ids))
        return set((await work.session.execute(found)).scalars())

    async def _still(self, work: UnitOfWork, guild_id: int, channel_id: int, generation: int) -> ChannelLock | None:
        """Return the channel's row, unless something else is wanted of it by now."""
        of_channel = col(ChannelLock.guild_id) == guild_id, col(ChannelLock.channel_id) == channel_id
        found = select(ChannelLock).where(*of_channel, col(ChannelLock.generation) == generation)
        return (await work.session.execute(found.with_for_update())).scalar_one_or_none()

    async def _forget(self, work: UnitOfWork, guild_id: int, channel_id: int) -> None:
        for model in (SavedOverwrite, ChannelLock):
            of_channel = col(model.guild_id) == guild_id, col(model.channel_id) == channel_id
            await work.session.execute(delete(model).where(*of_channel))

    async def _set_term(
        self, work: UnitOfWork, guild_id: int, channel_id: int | None, duration: timedelta | None
    ) -> None:
        key = f"{UNLOCK_DUE}:{guild_id}:{channel_id or 'server'}"
        due_work = self.services.get(DueWork)
        if duration is None:
            await due_work.cancel(work, key)
            return
        payload = {} if channel_id is None else {"channel_id": str(channel_id)}
        await due_work.schedule(work, UNLOCK_DUE, payload, after=duration, guild_id=guild_id, unique_key=key)

    async def _promise(self, work: UnitOfWork, kind: str, guild_id: int, payload: dict[str, str]) -> int:
        outbox = self.services.get(Outbox)
        return await outbox.promise(work, kind, payload, guild_id=guild_id, priority=Priority.MODERATION)

    async def _ordered(self, caller: Caller, guild_id: int, action: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Do it in one transaction; locks and unlocks of one server come one after the other."""
        return await self.services.get(GuildController).change(caller, guild_id, action)


def _saved(guild_id: int, channel_id: int) -> Select[SavedOverwrite]:
    return select(SavedOverwrite).where(
        col(SavedOverwrite.guild_id) == guild_id, col(SavedOverwrite.channel_id) == channel_id
    )


def _change(row: SavedOverwrite) -> Change:
    return Change(**{name: getattr(row, name) for name in _CHANGE_FIELDS})
