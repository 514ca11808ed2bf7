"""Writes and reads the guest book; the only writer of its table."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import col

from guildbase.core.ports import AuditRecord, Caller
from guildbase.services.controller import BaseController

from .models import GuestbookEntry, Mood

SHOWN = 10


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
