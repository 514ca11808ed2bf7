from __future__ import annotations

import pytest

from guildbase.core.logging import correlation
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import new_id


@pytest.fixture
def audit(services: BotServices) -> AuditController:
    return services.get(AuditController)


async def _record(services: BotServices, caller: Caller, *records: AuditRecord) -> None:
    async with services.get(DatabaseManager).transaction(caller) as work:
        for record in records:
            await services.get(AuditController).record(work, caller, record)


async def test_an_entry_tells_who_did_what_to_whom_and_why(services: BotServices, audit: AuditController) -> None:
    guild_id, target_id, caller = new_id(), new_id(), Caller(user_id=new_id(), name="Mo Moderator")
    record = AuditRecord("moderation.warn", guild_id, "user", target_id, "Spam", {"case": 7, "ids": ["1", "2"]})
    with correlation("abc123"):
        await _record(services, caller, record)
    [entry] = await audit.entries(SYSTEM, guild_id)
    assert (entry.actor_id, entry.actor_name, entry.action) == (caller.user_id, "Mo Moderator", "moderation.warn")
    assert (entry.target_type, entry.target_id, entry.reason) == ("user", target_id, "Spam")
    assert entry.details == {"case": 7, "ids": ["1", "2"]}
    assert entry.correlation_id == "abc123"


async def test_an_entry_is_stored_if_and_only_if_the_change_is(services: BotServices, audit: AuditController) -> None:
    guild_id = new_id()
    with pytest.raises(KeyError):
        async with services.get(DatabaseManager).transaction() as work:
            await audit.record(work, SYSTEM, AuditRecord("test.thing", guild_id))
            raise KeyError
    assert await audit.entries(SYSTEM, guild_id) == []
    await _record(services, SYSTEM, AuditRecord("test.thing", guild_id))
    assert len(await audit.entries(SYSTEM, guild_id)) == 1


async def test_the_platform_has_a_name_and_no_id(services: BotServices, audit: AuditController) -> None:
    guild_id = new_id()
    await _record(services, SYSTEM, AuditRecord("test.thing", guild_id))
    [entry] = await audit.entries(SYSTEM, guild_id)
    assert (entry.actor_id, entry.actor_name, entry.correlation_id) == (None, "system", None)


async def test_a_name_that_is_too_long_is_cut_and_not_lost(services: BotServices, audit: AuditController) -> None:
    guild_id = new_id()
    await _record(services, Caller(user_id=new_id(), name="ü" * 101), AuditRecord("test.thing", guild_id))
    assert [entry.actor_name for entry in await audit.entries(SYSTEM, guild_id)] == ["ü" * 100]


async def test_the_newest_entries_of_the_guild_come_first(services: BotServices, audit: AuditController) -> None:
    guild_id, other = new_id(), new_id()
    records = [AuditRecord(f"test.a{number}", guild_id) for number in range(5)]
    await _record(services, SYSTEM, *records, AuditRecord("test.other", other), AuditRecord("test.none"))
    assert [entry.action for entry in await audit.entries(SYSTEM, guild_id, limit=3)] == [
        "test.a4",
        "test.a3",
        "test.a2",
    ]
    assert [entry.action for entry in await audit.entries(SYSTEM, other)] == ["test.other"]
