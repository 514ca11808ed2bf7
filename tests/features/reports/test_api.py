"""What the staff does with reports over HTTP."""

from __future__ import annotations

import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.core.rights import Right
from guildbase.features.moderation.controller.history import HistoryController
from guildbase.features.reports.controller import FilingController, QueueController
from guildbase.features.reports.controller.filing import NewReport
from guildbase.features.reports.kinds import ReportState
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.simulator import Person, ScriptedGuild
from tests.factories import member as a_member
from tests.factories import moderator as a_moderator
from tests.factories import new_id


async def _reported(services: BotServices, guild_id: int, target_id: int) -> None:
    settings = {"report_channel": str(new_id())}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "reports", settings)
    filing = services.get(FilingController)
    await filing.report(a_member(guild_id), guild_id, NewReport(target_id, "Terry", "rude", evidence="you fool"))


async def test_a_report_is_claimed_asked_about_and_ends_with_a_timeout(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    services, report = guildbase_bot.services, f"/guilds/{guild.id}/reports/1"
    await _reported(services, guild.id, member.id)
    for _ in range(2):
        assert (await guildbase_api.put(f"{report}/claim")).json()["state"] == "claimed"
    for _ in range(2):
        assert (await guildbase_api.delete(f"{report}/claim")).json()["state"] == "open"
    for _ in range(2):
        headers = {"Idempotency-Key": "where"}
        asked = (await guildbase_api.post(f"{report}/ask", json={"question": "Where?"}, headers=headers)).json()
    assert (asked["state"], asked["text"]) == ("open", "rude")
    first = (await guildbase_api.get(f"{report}/events", params={"limit": 3})).json()
    assert [it["happening"] for it in first["events"]] == ["filed", "claimed", "released"]
    rest = (await guildbase_api.get(f"{report}/events", params={"after": first["next_after"]})).json()
    assert ([it["happening"] for it in rest["events"]], rest["next_after"]) == (["asked"], None)
    assert (await guildbase_api.post(f"{report}/ask", json={"question": ""})).status_code == 422
    closing = {"outcome": "timed_out", "note": "rude", "duration": "1h"}
    closed = (await guildbase_api.post(f"{report}/close", json=closing)).json()
    assert (closed["state"], closed["outcome"], closed["case_number"]) == ("closed", "timed_out", 1)
    case = (await services.get(HistoryController).view(SYSTEM, guild.id, 1)).case
    assert (case.case_type.value, case.source.value, case.target_id) == ("timeout", "report", member.id)
    listed = (await guildbase_api.get(f"/guilds/{guild.id}/reports", params={"case": 1})).json()
    assert [(it["number"], it["text"]) for it in listed["reports"]] == [(1, "rude")]
    assert (await guildbase_api.get(f"/guilds/{guild.id}/reports")).json()["reports"] == []


async def test_a_ban_that_ends_is_a_temporary_one(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    services = guildbase_bot.services
    await _reported(services, guild.id, member.id)
    closing = {"outcome": "banned", "note": "rude", "duration": "7d"}
    closed = await guildbase_api.post(f"/guilds/{guild.id}/reports/1/close", json=closing)
    assert closed.status_code == 200, closed.text
    case = (await services.get(HistoryController).view(SYSTEM, guild.id, 1)).case
    assert case.case_type.value == "tempban"


@pytest.mark.databases("sqlite")
async def test_who_may_view_cases_reads_the_queue_and_decides_nothing(services: BotServices) -> None:
    guild_id, queue = new_id(), services.get(QueueController)
    await services.get(GuildController).join(guild_id)
    await _reported(services, guild_id, new_id())
    viewer = a_member(guild_id, rights=Right.VIEW_CASES)
    assert len(await queue.page(viewer, guild_id)) == 1
    assert (await queue.entry(viewer, guild_id, 1)).report.number == 1
    with pytest.raises(PermissionDenied):
        await queue.claim(viewer, guild_id, 1)
    with pytest.raises(PermissionDenied):
        await queue.page(a_member(guild_id), guild_id)
    claimed = await queue.claim(a_moderator(guild_id), guild_id, 1, is_wanted=False)
    assert claimed.state is ReportState.OPEN
