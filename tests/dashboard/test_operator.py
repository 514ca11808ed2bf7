"""The operator looks after everything in the browser; for others there is nothing."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.async_api import expect

from guildbase.core.ports import ErrorReport
from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.controller import ErrorController
from guildbase.services.due_work.claims import Claims
from tests.dashboard.conftest import OPERATOR, Dashboard, Windows, accessibility_problems
from tests.waiting import until


async def test_the_operator_sees_what_fares_how(window: Windows, dashboard: Dashboard) -> None:
    await dashboard.server("Harbour")
    claims = Claims(dashboard.running.services.get(DatabaseManager), "worker")
    await claims.ensure({"telemetry.retention": timedelta(days=1)})
    page = await window(OPERATOR, "/operator", theme="dark")
    await expect(page.get_by_role("heading", name="Database", exact=True)).to_be_visible()
    assert await accessibility_problems(page) == []

    await page.get_by_role("link", name="Shards").click()
    await expect(page.get_by_role("table", name="Shards")).to_contain_text("ready")
    await expect(page.get_by_role("figure", name="Latency of shard 0")).to_be_visible()
    await page.get_by_role("button", name="#1").click()
    await expect(page.get_by_role("heading", name="Latency of shard #1")).to_be_visible()

    await page.get_by_role("link", name="Due work").click()
    await expect(page.get_by_role("table", name="Due work")).to_contain_text("telemetry.retention")
    await page.get_by_role("link", name="Cache").click()
    await expect(page.get_by_role("table", name=re.compile("Cache of process"))).to_contain_text("guild")
    await page.get_by_role("link", name="Security").click()
    await expect(page.get_by_role("heading", name="Security", exact=True)).to_be_visible()


async def test_a_server_is_found_and_left(window: Windows, dashboard: Dashboard) -> None:
    guild = await dashboard.server("Lighthouse")
    page = await window(OPERATOR, "/operator/servers")
    await page.get_by_label("Name or id of a server").fill("lighth")
    await page.get_by_role("button", name="Search", exact=True).click()
    await expect(page.get_by_role("row", name=re.compile("Lighthouse"))).to_be_visible()
    await expect(page.get_by_role("row")).to_have_count(2)
    await page.get_by_role("button", name="What to do about Lighthouse").click()
    await page.get_by_role("menuitem", name="Leave…").click()
    await page.get_by_label("Reason").fill("No longer needed")
    await page.get_by_role("button", name="Leave", exact=True).click()
    await expect(page.get_by_text("The bot leaves.")).to_be_visible()
    await page.get_by_role("tab", name="Left").click()

    async def is_gone() -> bool:
        return dashboard.running.bot.get_guild(guild.id) is None

    await until(is_gone)


async def test_an_error_is_looked_at_and_marked_as_seen(window: Windows, dashboard: Dashboard) -> None:
    sink = dashboard.running.services.get(ErrorController)
    error_id = sink.report(KeyError("<img src=x onerror=alert(1)>"), ErrorReport("command", "lighthouse"))
    await sink.flush()
    page = await window(OPERATOR, "/operator/errors", phone=True)
    row = page.get_by_role("row", name=re.compile("lighthouse"))
    await expect(row).to_contain_text("New")
    await row.get_by_role("button").click()
    await expect(page.get_by_role("dialog")).to_contain_text("<img src=x onerror=alert(1)>")
    await page.get_by_role("button", name="Mark as seen").click()
    await expect(row).not_to_contain_text("New")
    await page.get_by_label("Id of an error").fill(error_id)
    await page.get_by_role("button", name="Find the error").click()
    await expect(page.get_by_role("dialog")).to_contain_text("KeyError")
    assert await accessibility_problems(page) == []


async def test_for_others_there_is_nothing(window: Windows, dashboard: Dashboard) -> None:
    await dashboard.server()
    page = await window("owner", "/operator/servers")
    await expect(page.get_by_text("There is nothing here")).to_be_visible()
    await expect(page.get_by_role("link", name="Shards")).to_have_count(0)
