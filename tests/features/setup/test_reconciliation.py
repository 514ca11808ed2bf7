"""What a server's data speaks of and Discord no longer has: found after each start and at once, told, taken out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import PermissionDenied
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.ports import SYSTEM
from guildbase.core.rights import Right
from guildbase.database.manager import DatabaseManager
from guildbase.features.setup.cog import Setup
from guildbase.features.setup.controller import ReconciliationController
from guildbase.features.setup.controller.reconciliation import NothingToRepair
from guildbase.features.setup.inspection import vanished
from guildbase.features.setup.models import GuildReconciliation, ReconciliationState
from guildbase.platform.access.controller import AccessController
from guildbase.platform.access.grants import Holder
from guildbase.platform.access.models import GrantSource, HolderKind
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.rules import MANAGE_GUILD
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.factories import member, new_id
from tests.statements import heard
from tests.waiting import until

log = logging.getLogger(__name__)
OPEN, SETTLED, DISMISSED = ReconciliationState


async def _set(services: BotServices, guild_id: int, **changes: Any) -> None:
    changes = {name: str(value) if isinstance(value, int) else value for name, value in changes.items()}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "guilds", changes)


async def _settings(services: BotServices, guild_id: int) -> Any:
    return (await services.get(ConfigurationController).current(guild_id, "guilds")).settings


async def _report(services: BotServices, guild_id: int) -> GuildReconciliation | None:
    return await services.get(ReconciliationController).report(SYSTEM, guild_id)


def _gone(report: GuildReconciliation | None) -> set[tuple[str, int]]:
    assert report is not None
    return {(row["kind"], int(row["id"])) for row in report.things}


def _vanished_by(services: BotServices, guild_id: int) -> Callable[[], Any]:
    async def is_open() -> bool:
        report = await _report(services, guild_id)
        return report is not None and report.state is OPEN

    return is_open


async def _actions(services: BotServices, guild_id: int) -> list[str]:
    return [entry.action for entry in await services.get(AuditController).entries(SYSTEM, guild_id)]


async def test_what_the_settings_refer_to_is_known_and_a_fresh_server_refers_to_nothing(services: BotServices) -> None:
    configured, fresh, role, channel = (new_id() for _ in range(4))
    for guild_id in (configured, fresh):
        await services.get(GuildController).join(guild_id)
    await _set(services, configured, level_3_role=role, mod_log_channel=channel)
    found = await services.get(ReconciliationController).references([configured, fresh])
    assert found.keys() == {configured}
    assert {(it.refers, it.id) for it in found[configured]} == {(Refers.ROLE, role), (Refers.CHANNEL, channel)}
    assert all(it.where for it in found[configured])
    await _set(services, fresh, prefix="?")
    assert (await services.get(ReconciliationController).references([fresh])) == {}


async def test_a_report_is_told_once_and_repaired_by_taking_out_what_is_gone(services: BotServices) -> None:
    guild_id, role, channel, kept = (new_id() for _ in range(4))
    await services.get(GuildController).join(guild_id)
    await _set(services, guild_id, level_3_role=role, mod_log_channel=channel, audit_log_channel=kept)
    controller = services.get(ReconciliationController)
    assert await _report(services, guild_id) is None
    gone = [Reference(Refers.ROLE, role, "a"), Reference(Refers.CHANNEL, channel, "b")]
    assert await controller.keep(guild_id, gone)
    assert not await controller.keep(guild_id, gone)
    assert _gone(await _report(services, guild_id)) == {("role", role), ("channel", channel)}
    assert await controller.open_among([guild_id]) == {guild_id}
    admin = member(guild_id, permissions=MANAGE_GUILD)
    assert await controller.repair(admin, guild_id) == 1
    settings = await _settings(services, guild_id)
    assert (settings.level_3_role, settings.mod_log_channel, settings.audit_log_channel) == (None, None, kept)
    report = await _report(services, guild_id)
    assert report is not None
    assert report.state is SETTLED
    actions = await _actions(services, guild_id)
    assert (actions.count("setup.vanished"), actions.count("setup.repair")) == (1, 1)
    with pytest.raises(NothingToRepair):
        await controller.repair(admin, guild_id)


async def test_regression_checks_that_end_at_the_same_time_make_one_report(services: BotServices) -> None:
    guild_id, controller = new_id(), services.get(ReconciliationController)
    await services.get(GuildController).join(guild_id)
    gone = [Reference(Refers.ROLE, new_id(), "a")]
    assert sorted(await asyncio.gather(*(controller.keep(guild_id, gone) for _ in range(5)))) == [False] * 4 + [True]
    assert (await _actions(services, guild_id)).count("setup.vanished") == 1
    assert not await controller.keep(new_id(), gone)  # Of a server that was erased meanwhile.


async def test_regression_servers_without_settings_cost_a_start_one_statement(services: BotServices) -> None:
    guilds, ids = services.get(GuildController), [new_id() for _ in range(20)]
    await guilds.reconcile(set(ids), gone=set())
    with heard(services.get(DatabaseManager), "SELECT") as statements:
        assert await services.get(ReconciliationController).references(ids) == {}
    assert len(statements) == 1


async def test_regression_what_a_server_has_nothing_of_is_not_read(services: BotServices) -> None:
    """Each server has an owner of its dashboard, so all were read in all sections, one by one."""
    guilds, ids = services.get(GuildController), [new_id() for _ in range(20)]
    await guilds.reconcile(set(ids), gone=set())
    for guild_id in ids:
        await services.get(AccessController).grant_installer(guild_id, new_id(), GrantSource.INSTALLER)
    controller = services.get(ReconciliationController)
    with heard(services.get(DatabaseManager), "SELECT") as statements:
        assert len(await controller.references(ids)) == len(ids)
    assert len(statements) < 2 * len(ids)
    with heard(services.get(DatabaseManager), "SELECT") as statements:
        await controller.references(ids)
    assert len(statements) == 1


async def test_a_report_that_was_dismissed_comes_back_only_with_something_new(services: BotServices) -> None:
    guild_id, role, other = (new_id() for _ in range(3))
    await services.get(GuildController).join(guild_id)
    controller, admin = services.get(ReconciliationController), member(guild_id, permissions=MANAGE_GUILD)
    with pytest.raises(NothingToRepair):
        await controller.dismiss(admin, guild_id)
    gone = [Reference(Refers.ROLE, role, "a")]
    assert await controller.keep(guild_id, gone)
    await controller.dismiss(admin, guild_id)
    assert not await controller.keep(guild_id, gone)
    report = await _report(services, guild_id)
    assert report is not None
    assert report.state is DISMISSED
    assert await controller.keep(guild_id, [*gone, Reference(Refers.ROLE, other, "b")])
    assert not await controller.keep(guild_id, [])
    report = await _report(services, guild_id)
    assert report is not None
    assert report.state is SETTLED


async def test_a_check_that_finds_nothing_leaves_no_trace(services: BotServices) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    assert not await services.get(ReconciliationController).keep(guild_id, [])
    assert await _report(services, guild_id) is None


async def test_members_who_left_are_in_the_report_and_nothing_about_them_is_touched(services: BotServices) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    controller = services.get(ReconciliationController)
    assert not await controller.keep(guild_id, [Reference(Refers.MEMBER, new_id(), "a rule")])
    report = await _report(services, guild_id)
    assert report is not None
    assert report.state is SETTLED
    assert len(report.things) == 1


async def test_who_may_not_manage_the_server_neither_sees_nor_changes_reports(services: BotServices) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    controller, nobody = services.get(ReconciliationController), member(guild_id)
    await controller.keep(guild_id, [Reference(Refers.ROLE, new_id(), "a")])
    for refused in (controller.report, controller.repair, controller.dismiss):
        with pytest.raises(PermissionDenied):
            await refused(nobody, guild_id)
    assert await _vanished_by(services, guild_id)()


async def test_regression_a_manager_takes_out_also_what_they_could_not_have_set(services: BotServices) -> None:
    guild_id, role, reconciliation = new_id(), new_id(), services.get(ReconciliationController)
    await services.get(GuildController).join(guild_id)
    await _set(services, guild_id, level_7_role=role)
    await services.get(AccessController).grant(SYSTEM, guild_id, Holder(HolderKind.ROLE, role), Right.MODERATE)
    await reconciliation.keep(guild_id, (await reconciliation.references([guild_id]))[guild_id])
    manager = member(guild_id, permissions=MANAGE_GUILD)
    assert await reconciliation.repair(manager, guild_id) == 2
    assert (await _settings(services, guild_id)).level_7_role is None
    [entry, *_] = await services.get(AuditController).entries(SYSTEM, guild_id)
    assert (entry.action, entry.actor_id) == ("setup.repair", manager.user_id)


async def test_settings_that_cannot_be_read_hide_nothing_else(services: BotServices) -> None:
    guild_id, role = new_id(), new_id()
    await services.get(GuildController).join(guild_id)
    await _set(services, guild_id, level_3_role=role)
    await services.get(ConfigurationController).change(
        SYSTEM, guild_id, "configuration", {"commands_off": {"warn": ""}}
    )
    from guildbase.platform.configuration.models import GuildSettings

    async with services.get(DatabaseManager).transaction() as work:
        row = await work.session.get(GuildSettings, (guild_id, "configuration"))
        assert row is not None
        row.shape = 99
    found = await services.get(ReconciliationController).references([guild_id])
    assert [it.id for it in found[guild_id]] == [role]


async def test_what_was_deleted_unseen_is_found_when_the_connection_is_made_anew(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    services, owner = guildbase_bot.services, guild.owner
    role, log_channel = guild.role("Helpers").id, guild.find_channel("mod-log").id
    audit_log = guild.channel("audit-log").id
    await _set(services, guild.id, level_3_role=role, mod_log_channel=log_channel, audit_log_channel=audit_log)
    # What is known of the data does not hide what Discord lost.
    await services.get(ReconciliationController).references([guild.id])
    with discord.faults.gateway("lose", "GUILD_ROLE_DELETE"), discord.faults.gateway("lose", "CHANNEL_DELETE"):
        await owner.deletes_role("Helpers")
        await owner.deletes_channel("mod-log")
    await discord.invalidate(resumable=False)
    await until(_vanished_by(services, guild.id))
    assert _gone(await _report(services, guild.id)) == {("role", role), ("channel", log_channel)}
    told = await owner.hears(in_channel="audit-log")
    assert "Some settings lead nowhere" in told.text
    assert str(role) in told.text

    # Divergence after the repair: none.
    await services.get(ReconciliationController).repair(SYSTEM, guild.id)
    cog = guildbase_bot.get_cog("Setup")
    assert isinstance(cog, Setup)
    assert await cog.check(guildbase_bot.guilds) == 0
    left = (await services.get(ReconciliationController).references([guild.id]))[guild.id]
    assert [it.id for it in left if it.refers is not Refers.MEMBER] == [audit_log]


async def test_what_is_deleted_while_the_bot_looks_on_is_told_once_however_much_it_is(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    services, owner = guildbase_bot.services, guild.owner
    roles = [guild.role(f"Level {level}").id for level in (3, 5)]
    audit_log = guild.channel("audit-log").id
    await _set(services, guild.id, level_3_role=roles[0], level_5_role=roles[1], audit_log_channel=audit_log)
    for level in (3, 5):
        await owner.deletes_role(f"Level {level}")
    await owner.hears(in_channel="audit-log")
    assert _gone(await _report(services, guild.id)) == {("role", role) for role in roles}
    assert (await _actions(services, guild.id)).count("setup.vanished") == 1
    # Events that are replayed after a short break, and a check that comes again, tell nothing twice.
    await discord.drop_gateway()
    await owner.deletes_channel("mod-log")
    cog = guildbase_bot.get_cog("Setup")
    assert isinstance(cog, Setup)
    await cog.check(guildbase_bot.guilds)
    assert (await _actions(services, guild.id)).count("setup.vanished") == 1
    assert len(guild.messages("audit-log")) == 1


async def test_an_outage_is_neither_a_leave_nor_a_reason_to_take_anything_for_gone(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    services = guildbase_bot.services
    await _set(services, guild.id, level_3_role=guild.role("Helpers").id)
    cog = guildbase_bot.get_cog("Setup")
    assert isinstance(cog, Setup)
    with discord.outage(guild):
        await until(lambda: all(it.unavailable for it in guildbase_bot.guilds if it.id == guild.id))
        assert await cog.check(guildbase_bot.guilds) == 0
    await until(lambda: not any(it.unavailable for it in guildbase_bot.guilds))
    assert await cog.check(guildbase_bot.guilds) == 0
    assert await _report(services, guild.id) is None
    assert not {"guilds.leave", "guilds.return"} & {*await _actions(services, guild.id)}


async def test_an_archived_thread_is_not_gone(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    owner, services = guild.owner, guildbase_bot.services
    thread = await owner.starts_thread("old talk")
    await owner.does("PATCH", f"/channels/{thread.id}", {"archived": True})
    await until(lambda: guildbase_bot.get_channel(thread.id) is None)
    await _set(services, guild.id, mod_log_channel=thread.id)
    cog = guildbase_bot.get_cog("Setup")
    assert isinstance(cog, Setup)
    await cog.check(guildbase_bot.guilds)
    assert await _report(services, guild.id) is None


async def test_members_are_looked_up_only_when_somebody_waits_for_it(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    here = guildbase_bot.get_guild(guild.id)
    assert here is not None
    stranger = new_id()
    named = [Reference(Refers.MEMBER, user_id, "a rule") for user_id in (member.id, stranger)]
    gone = await vanished(here, named, ask=True)
    assert [it.id for it in gone] == [stranger]
    many = [Reference(Refers.MEMBER, new_id(), "a rule") for _ in range(101)]
    assert await vanished(here, many, ask=True) == []
    if not here.chunked:
        assert await vanished(here, named, ask=False) == []


async def test_what_discord_does_not_say_counts_as_there(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    here = guildbase_bot.get_guild(guild.id)
    assert here is not None
    lost = [Reference(Refers.CHANNEL, new_id(), "a rule")]
    with discord.faults.rest("GET /channels/*", status=403):
        assert await vanished(here, lost, ask=True) == []
    assert await vanished(here, lost, ask=True) == lost


async def test_the_api_shows_the_report(
    guildbase_bot: GuildbaseBot, guildbase_api: httpx.AsyncClient, guild: ScriptedGuild
) -> None:
    client, path = guildbase_api, f"/guilds/{guild.id}/reconciliation"
    assert (await client.get(path)).json() == {"found_at": None, "state": "settled", "vanished": []}
    gone = Reference(Refers.ROLE, new_id(), "settings.guilds: level_3_role")
    await guildbase_bot.services.get(ReconciliationController).keep(guild.id, [gone])
    shown = (await client.get(path)).json()
    assert shown["state"] == "open"
    assert shown["vanished"] == [{"kind": "role", "id": str(gone.id), "where": gone.where}]
    assert (await client.get(f"/guilds/{new_id()}/reconciliation")).status_code == 404


@pytest.mark.timeout(120)
async def test_a_thousand_servers_with_settings_are_compared_soon_and_sooner_once_they_are_known(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild
) -> None:
    worlds = [discord.guild(f"Server {number}", shard=0) for number in range(10)]
    running = await start_guildbase()
    services, cog = running.services, running.bot.get_cog("Setup")
    assert isinstance(cog, Setup)
    for one in worlds:
        await _set(
            services, one.id, level_3_role=one.role("Helpers").id, mod_log_channel=one.find_channel("mod-log").id
        )
    there = [it for it in running.bot.guilds if it.id in {one.id for one in worlds}]
    controller, seconds = services.get(ReconciliationController), []
    for is_known in (False, True):
        began = time.perf_counter()
        for _ in range(100 if is_known else 10):
            if not is_known:
                controller.forget()
            assert await cog.check(there) == 0
        seconds.append(time.perf_counter() - began)
    log.info("100 servers with settings were compared with Discord in %.2f s, 1,000 known ones in %.2f s", *seconds)
