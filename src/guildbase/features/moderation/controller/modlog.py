"""Keeps the mod-log's promise: every case that was settled is shown there once, and as it is now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.ports import SYSTEM
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.kinds import LOG_CASE
from guildbase.features.moderation.models import CaseLogMessage
from guildbase.platform.guilds.models import GuildConfig
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox


@dataclass(frozen=True, slots=True)
class LogPlace:
    """The message of the mod-log that shows a case."""

    channel_id: int
    message_id: int


class ModLogController(BaseController):
    """Which cases the mod-log is to show, and where it does."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._outbox = services.get(Outbox)

    async def promise(self, work: UnitOfWork, guild_id: int, number: int) -> None:
        """Promise within the transaction that changes a case that the mod-log shows it so, if there is one."""
        session = work.session
        if await _channel(session, guild_id) is not None or await _place(session, guild_id, number) is not None:
            await self._outbox.promise(work, LOG_CASE, {"number": number}, guild_id=guild_id)

    async def channel_of(self, guild_id: int) -> int | None:
        """Return the guild's channel for it, or None if there is none."""
        async with self.reading() as session:
            return await _channel(session, guild_id)

    async def place_of(self, guild_id: int, number: int) -> LogPlace | None:
        """Return where the case is shown, or None if it is not."""
        async with self.reading() as session:
            return await _place(session, guild_id, number)

    async def shown(self, guild_id: int, number: int, place: LogPlace) -> LogPlace:
        """Remember where the case is shown, and return it; where it was shown before is never replaced."""

        async def remember(work: UnitOfWork) -> LogPlace:
            key = {"guild_id": guild_id, "number": number}
            row = key | {"channel_id": place.channel_id, "message_id": place.message_id}
            await insert_missing(work.session, CaseLogMessage, [row])
            return await _place(work.session, guild_id, number) or place

        return await self.run(SYSTEM, remember)

    async def taken_down(self, guild_id: int, number: int) -> None:
        """Forget where the case was shown."""
        of_case = (col(CaseLogMessage.guild_id) == guild_id, col(CaseLogMessage.number) == number)
        await self.run(SYSTEM, lambda work: work.session.execute(delete(CaseLogMessage).where(*of_case)))


async def _channel(session: AsyncSession, guild_id: int) -> int | None:
    wanted = select(col(GuildConfig.mod_log_channel_id)).where(col(GuildConfig.guild_id) == guild_id)
    channel_id: int | None = (await session.execute(wanted)).scalar_one_or_none()
    return channel_id


async def _place(session: AsyncSession, guild_id: int, number: int) -> LogPlace | None:
    row = await session.get(CaseLogMessage, (guild_id, number))
    return None if row is None else LogPlace(row.channel_id, row.message_id)
