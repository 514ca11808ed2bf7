from __future__ import annotations

import pytest
from sqlalchemy import func, select

from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.platform.guilds.models import Guild
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from tests.factories import new_id


class Librarian(BaseController):
    async def note(self, caller: Caller, guild_id: int, *, stumble: bool = False) -> None:
        async with self.transaction(caller) as work:
            await Guild.create(work.session, guild_id=guild_id)
            await self.audit(work, AuditRecord("test.note", guild_id))
            if stumble:
                raise KeyError

    async def count(self) -> tuple[int, int]:
        async with self.reading() as session:
            entries = (await session.execute(select(func.count()).select_from(AuditEntry))).scalar_one()
            return await Guild.count(session), entries


async def test_a_controller_writes_its_rows_and_its_audit_row_together(services: BotServices) -> None:
    librarian, guild_id, caller = services.get(Librarian), new_id(), Caller(user_id=new_id(), name="Lib")
    with pytest.raises(KeyError):
        await librarian.note(caller, guild_id, stumble=True)
    assert await librarian.count() == (0, 0)
    await librarian.note(caller, guild_id)
    assert await librarian.count() == (1, 1)
    [entry] = await services.get(AuditController).entries(SYSTEM, guild_id)
    assert (entry.actor_id, entry.actor_name, entry.action) == (caller.user_id, "Lib", "test.note")


async def test_there_is_one_controller_a_process(services: BotServices) -> None:
    assert services.get(Librarian) is services.get(Librarian)
