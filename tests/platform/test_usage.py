"""How often commands are used: counted by guild and day without anybody's id, read with the rights of the audit log."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.core import clock
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM, Caller, UsageSink
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import person_columns
from guildbase.database.upkeep.retention import remove_old_rows, terms_of
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.models import Guild
from guildbase.platform.telemetry.controller import UsageController
from guildbase.platform.telemetry.models import CommandUsage
from guildbase.platform.telemetry.queries import UsageCount
from guildbase.platform.telemetry.rules import ADMIN_LEVEL, VIEW_AUDIT_LOG
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.write_behind.service import WriteBehind
from tests.factories import new_id

GUILD, OTHER = new_id(), new_id()


def today() -> date:
    return clock.utcnow().date()


@pytest.fixture
async def usage(services: BotServices) -> UsageController:
    for guild_id in (GUILD, OTHER):
        await services.get(GuildController).join(guild_id)
    return services.get(UsageController)


async def test_uses_are_counted_by_guild_day_and_command(
    usage: UsageController, services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = services.get(UsageSink)
    first = today()
    for has_failed in (False, True, False):
        sink.command_used("warn", GUILD, has_failed=has_failed)
    sink.command_used("warn", OTHER, has_failed=False)
    sink.command_used("help", None, has_failed=False)
    monkeypatch.setattr(clock, "ahead", timedelta(days=1))
    second = today()
    sink.command_used("warn", GUILD, has_failed=False)
    sink.command_used("x" * 150, GUILD, has_failed=False)

    assert await usage.usage(SYSTEM, GUILD, first, second) == [
        UsageCount(first, "warn", 3, 1),
        UsageCount(second, "warn", 1, 0),
        UsageCount(second, "x" * 100, 1, 0),
    ]
    assert await usage.usage(SYSTEM, GUILD, second, second) == [
        UsageCount(second, "warn", 1, 0),
        UsageCount(second, "x" * 100, 1, 0),
    ]
    assert await usage.usage(SYSTEM, None, first, first) == [UsageCount(first, "warn", 4, 1)]
    assert await usage.usage(SYSTEM, new_id(), first, second) == []


async def test_processes_count_together(usage: UsageController, settings: Settings, registry: FeatureRegistry) -> None:
    another = assemble(settings, registry)
    for _ in range(3):
        another.get(UsageController).command_used("warn", GUILD, has_failed=False)
        usage.command_used("warn", GUILD, has_failed=False)
    await another.get(WriteBehind).flush()
    await another.close()
    assert await usage.usage(SYSTEM, GUILD, today(), today()) == [UsageCount(today(), "warn", 6, 0)]


async def test_the_counts_are_for_those_who_may_read_the_audit_log(usage: UsageController) -> None:
    for reader in (
        Caller(new_id(), GUILD, permissions=VIEW_AUDIT_LOG),
        Caller(new_id(), GUILD, level=ADMIN_LEVEL),
        Caller(new_id(), GUILD, is_guild_owner=True),
    ):
        assert await usage.usage(reader, GUILD, today(), today()) == []
        for forbidden in (OTHER, None):
            with pytest.raises(PermissionDenied):
                await usage.usage(reader, forbidden, today(), today())
    with pytest.raises(PermissionDenied):
        await usage.usage(Caller(new_id(), GUILD), GUILD, today(), today())


async def test_what_is_used_in_a_guild_that_is_unknown_is_not_stored_and_holds_up_nobody(
    usage: UsageController, services: BotServices
) -> None:
    usage.command_used("warn", new_id(), has_failed=False)
    usage.command_used("warn", GUILD, has_failed=False)
    assert await usage.usage(SYSTEM, None, today(), today()) == [UsageCount(today(), "warn", 1, 0)]
    assert services.get(WriteBehind).figures["command_usage"][1].refused == 1


async def test_old_counts_are_removed_and_nobody_is_named_in_any(usage: UsageController, services: BotServices) -> None:
    database, table = services.get(DatabaseManager), CommandUsage.__table__
    [rule] = terms_of(table)
    for _ in range(2):
        usage.command_used("warn", GUILD, has_failed=False)
    async with database.transaction() as work:
        work.session.add(CommandUsage(guild_id=GUILD, day=today() - timedelta(days=366), command="warn", used=9))
    before = rule.before(services.get(Settings), clock.utcnow())
    assert await remove_old_rows(database, table, rule, before) == 1
    assert await usage.usage(SYSTEM, GUILD, date.min, date.max) == [UsageCount(today(), "warn", 2, 0)]
    assert person_columns(table) == []


async def test_a_guilds_counts_go_with_the_guild(usage: UsageController, services: BotServices) -> None:
    usage.command_used("warn", GUILD, has_failed=False)
    await services.get(WriteBehind).flush()
    async with services.get(DatabaseManager).transaction() as work:
        guild = await work.session.get(Guild, GUILD)
        await work.session.delete(guild)
    async with services.get(DatabaseManager).read_session() as session:
        rows = await session.execute(select(CommandUsage).where(col(CommandUsage.guild_id) == GUILD))
    assert rows.all() == []
