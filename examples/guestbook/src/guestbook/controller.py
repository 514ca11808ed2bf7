"""Writes and reads the guest book; the only writer of its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import AuditRecord, Caller
from guildbase.core.rights import Right
from guildbase.database.rows.pagination import Page
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.controller import BaseController
from guildbase.services.idempotency import IdempotencyKey

from .models import GuestbookEntry, Mood

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of the wish to remove a line."""

    was_there: bool


class GuestbookController(BaseController):
    """The business logic; commands and tests call it."""

    async def sign(self, caller: Caller, guild_id: int, user_id: int, text: str, mood: Mood = Mood.HAPPY) -> None:
        """Write the person's line, or replace it."""
        async with self.transaction(caller) as work:
            entry = await GuestbookEntry.get_by_id(work.session, (guild_id, user_id))
            if entry is None:
                work.session.add(GuestbookEntry(guild_id=guild_id, user_id=user_id, text=text, mood=mood))
            else:
                entry.text, entry.mood = text, mood
            await self.audit(work, AuditRecord("guestbook.sign", guild_id))

    async def latest(self, guild_id: int) -> Sequence[GuestbookEntry]:
        """Return the last lines, newest first."""
        lines = select(GuestbookEntry).where(col(GuestbookEntry.guild_id) == guild_id)
        async with self.reading() as session:
            newest = lines.order_by(col(GuestbookEntry.updated_at).desc()).limit(SHOWN)
            return (await session.execute(newest)).scalars().all()

    async def page(self, guild_id: int, *, after: str | None, limit: int) -> Page[GuestbookEntry]:
        """Return some lines, newest first, and where the next begin."""
        newest = (col(GuestbookEntry.updated_at).desc(),)
        async with self.reading() as session:
            return await GuestbookEntry.get_page(session, guild_id=guild_id, order_by=newest, after=after, limit=limit)

    async def figures(self, guild_id: int) -> tuple[int, datetime | None]:
        """Return how many lines there are, and when the last was written."""
        counted = select(func.count(), func.max(col(GuestbookEntry.updated_at)))
        async with self.reading() as session:
            row = (await session.execute(counted.where(col(GuestbookEntry.guild_id) == guild_id))).one()
        return row[0], row[1]

    async def remove(
        self, caller: Caller, guild_id: int, user_id: int, reason: str, *, key: IdempotencyKey | None = None
    ) -> Removed:
        """Remove the person's line; sent again with the same key it does nothing more.

        Raises:
            PermissionDenied: the caller may not change the server's settings.
        """
        if not caller.holds(guild_id, Right.EDIT_SETTINGS):
            raise PermissionDenied("Only who changes the settings may remove lines.")

        async def remove(work: UnitOfWork) -> Removed:
            entry = await GuestbookEntry.get_by_id(work.session, (guild_id, user_id))
            if entry is None:
                return Removed(False)
            await entry.delete(work.session)
            await self.audit(work, AuditRecord("guestbook.remove", guild_id, "user", user_id, reason))
            return Removed(True)

        return await self.once(caller, key, Removed, remove)
