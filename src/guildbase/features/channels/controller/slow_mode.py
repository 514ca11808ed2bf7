"""Slow modes of any length: Discord keeps the first six hours, and the bot the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.database.rows.upsert import insert_for
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.channels.kinds import LONGEST_SLOW_MODE
from guildbase.features.channels.models import SlowMode, SlowModeTurn
from guildbase.features.channels.rules.rights import require_channels
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueRun, DueWork
from guildbase.services.outbox import Outbox, Priority

SET = "channels.set_slow_mode"
"""The effect that brings a channel to its slow mode."""
END_DUE = "channels.end_slow_mode"


class SlowModeController(BaseController):
    """The one writer of slow modes and of people's turns in them."""

    async def set(
        self,
        caller: Caller,
        guild_id: int,
        channel_id: int,
        slow_mode: timedelta,
        *,
        shown: int,
        duration: timedelta | None = None,
    ) -> None:
        """Give the channel the slow mode, for some time or for good; `shown` are the seconds that Discord has now.

        Raises:
            PermissionDenied: the caller may not change channels here.
            InvalidInput: it is longer than 30 days.
        """
        require_channels(caller, guild_id)
        if not timedelta(seconds=1) <= slow_mode <= LONGEST_SLOW_MODE:
            raise InvalidInput(
                _("A slow mode lasts between a second and 30 days."), hint=_("`/slowmode off` ends one.")
            )

        async def action(work: UnitOfWork) -> None:
            there = await SlowMode.get_by_id(work.session, (guild_id, channel_id))
            before = there.previous_seconds if there is not None else shown
            values: dict[str, Any] = {"seconds": int(slow_mode.total_seconds()), "previous_seconds": before}
            expires_at = utcnow() + duration if duration else None
            by: dict[str, Any] = {"expires_at": expires_at, "set_by_id": caller.user_id}
            await SlowMode.upsert(work.session, guild_id=guild_id, channel_id=channel_id, **values, **by)
            await self._set_term(work, guild_id, channel_id, duration)
            await self._promise(work, guild_id, channel_id, {})
            details = {"seconds": values["seconds"], "for": int(duration.total_seconds()) if duration else None}
            record = AuditRecord("channels.slow_mode", guild_id, "channel", channel_id, details=details)
            await self.audit(work, record)

        await self.services.get(GuildController).change(caller, guild_id, action)

    async def end(self, caller: Caller, guild_id: int, channel_id: int, *, shown: int) -> None:
        """Take the channel's slow mode away, be it ours or one that was set by hand.

        Raises:
            PermissionDenied: the caller may not change channels here.
            NotFound: it has none.
        """
        require_channels(caller, guild_id)

        async def action(work: UnitOfWork) -> None:
            if await self._drop(work, guild_id, channel_id) is None and not shown:
                raise NotFound(_("This channel has no slow mode."), hint=_("`/slowmode list` shows where one is."))
            await self._promise(work, guild_id, channel_id, {"to": 0})
            await self.audit(work, AuditRecord("channels.slow_mode_off", guild_id, "channel", channel_id))

        await self.services.get(GuildController).change(caller, guild_id, action)

    async def run_out(self, run: DueRun) -> None:
        """Give the channel what it had before, together with the due work that says so."""
        guild_id, channel_id = run.guild_id or 0, int(run.payload["channel_id"])

        async def action(work: UnitOfWork) -> None:
            await run.complete(work)
            ended = await self._drop(work, guild_id, channel_id)
            assert ended is not None  # noqa: S101 - else this work was cancelled, and not completed now.
            payload = {"to": ended.previous_seconds, "from": ended.seconds}
            await self._promise(work, guild_id, channel_id, payload)
            await self.audit(work, AuditRecord("channels.slow_mode_off", guild_id, "channel", channel_id, "expired"))

        await self.services.get(GuildController).change(SYSTEM, guild_id, action)

    async def forget(self, guild_id: int, channel_id: int) -> None:
        """Forget the slow mode of a channel that is gone."""
        if await self.of(guild_id, channel_id) is None:
            return

        async def action(work: UnitOfWork) -> None:
            await self._drop(work, guild_id, channel_id)

        await self.services.get(GuildController).change(SYSTEM, guild_id, action)

    async def of(self, guild_id: int, channel_id: int) -> SlowMode | None:
        """Return the slow mode that a moderator gave the channel."""
        async with self.reading() as session:
            return await SlowMode.get_by_id(session, (guild_id, channel_id))

    async def list(self, caller: Caller, guild_id: int) -> Sequence[SlowMode]:
        """Return the slow modes that moderators gave; PermissionDenied if the caller may not change channels."""
        require_channels(caller, guild_id)
        async with self.reading() as session:
            return await SlowMode.get_multi(session, guild_id=guild_id, limit=SlowMode.MAX_PAGE)

    async def take_turn(
        self, guild_id: int, channel_id: int, user_id: int, at: datetime, slow_mode: timedelta
    ) -> datetime | None:
        """Note that the person wrote; if it was too early, return from when on they may, and note nothing.

        Of two messages at the same moment one is the first, whatever processes see them.
        """
        return await self.run(SYSTEM, partial(_take_turn, (guild_id, channel_id, user_id), at, slow_mode))

    async def _drop(self, work: UnitOfWork, guild_id: int, channel_id: int) -> SlowMode | None:
        """Forget the channel's slow mode, and return what it was."""
        there = await SlowMode.get_by_id(work.session, (guild_id, channel_id))
        if there is not None:
            await there.delete(work.session)
            of_channel = col(SlowModeTurn.guild_id) == guild_id, col(SlowModeTurn.channel_id) == channel_id
            await work.session.execute(delete(SlowModeTurn).where(*of_channel))
            await self._set_term(work, guild_id, channel_id, None)
        return there

    async def _set_term(self, work: UnitOfWork, guild_id: int, channel_id: int, duration: timedelta | None) -> None:
        key = f"{END_DUE}:{guild_id}:{channel_id}"
        due_work = self.services.get(DueWork)
        if duration is None:
            await due_work.cancel(work, key)
            return
        payload = {"channel_id": str(channel_id)}
        await due_work.schedule(work, END_DUE, payload, after=duration, guild_id=guild_id, unique_key=key)

    async def _promise(self, work: UnitOfWork, guild_id: int, channel_id: int, more: dict[str, int]) -> None:
        payload = {"channel_id": str(channel_id), **more}
        outbox = self.services.get(Outbox)
        await outbox.promise(work, SET, payload, guild_id=guild_id, priority=Priority.MODERATION)


async def _take_turn(
    key: tuple[int, int, int], at: datetime, slow_mode: timedelta, work: UnitOfWork
) -> datetime | None:
    names = ("guild_id", "channel_id", "user_id")
    turn = insert_for(work.session, SlowModeTurn).values(**dict(zip(names, key, strict=True)), last_at=at)
    taken = turn.on_conflict_do_update(
        index_elements=names, set_={"last_at": at}, where=col(SlowModeTurn.last_at) <= at - slow_mode
    ).returning(col(SlowModeTurn.user_id))
    if (await work.session.execute(taken)).first() is not None:
        return None
    last = select(col(SlowModeTurn.last_at)).where(
        *(getattr(SlowModeTurn, name) == value for name, value in zip(names, key, strict=True))
    )
    return (await work.session.execute(last)).scalar_one() + slow_mode
