"""The story that the dashboard is made for, from the first page to a colleague who may no longer come in."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.dashboard.conftest import Dashboard, Windows, accessibility_problems
from tests.dashboard.test_access import pick


async def _come_in(page: Page, dashboard: Dashboard, person: str) -> None:
    """Go from the first page through the sign-in and Discord's consent to one's servers."""
    await page.context.add_cookies([{"name": "simulator_person", "value": person, "url": dashboard.discord.page_url}])
    await page.get_by_role("link", name="Open the dashboard").click()
    await page.get_by_role("link", name="Continue with Discord").click()
    await page.get_by_role("button", name="Authorize").click()
    await expect(page.get_by_role("heading", name="Servers", level=1)).to_be_visible()


async def test_an_owner_signs_in_picks_the_server_and_the_bot_does_as_was_set(
    dashboard: Dashboard, window: Windows
) -> None:
    server = await dashboard.server("Journey's end")
    priya = server.member("priya")
    window.expects("401")
    page = await window()
    await _come_in(page, dashboard, server.owner.name)
    assert await accessibility_problems(page) == []
    await page.get_by_role("link", name="Journey's end").click()
    await expect(page).to_have_url(f"{dashboard.url}/g/{server.id}")

    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Modules").click()
    await page.get_by_role("link", name="Settings of Moderation").click()
    assert (await server.owner.slash("warn", user=priya, reason="Hm")).ephemeral
    await page.get_by_role("switch", name="Public").click()
    await page.get_by_role("button", name="Review and save").click()
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert not (await server.owner.slash("warn", user=priya, reason="Hm")).ephemeral


async def test_a_colleague_comes_in_on_a_phone_and_is_shown_out(dashboard: Dashboard, window: Windows) -> None:
    server, other = await dashboard.server("Shared"), await dashboard.server("Private")
    server.member("joan")
    window.expects("401", "404")
    page = await window(server.owner.name, f"/g/{server.id}/access", theme="dark")
    await page.get_by_role("button", name="Give access").first.click()
    dialog = page.get_by_role("dialog")
    await pick(dialog, "Person", "joan", re.compile("joan"))
    await dialog.get_by_role("checkbox", name=re.compile("^Edit settings")).check()
    await dialog.get_by_role("button", name="Give access").click()
    entry = page.get_by_role("listitem").filter(has_text="joan")
    await expect(entry.get_by_text("Edit settings")).to_be_visible()

    colleague = await window(phone=True)
    await _come_in(colleague, dashboard, "joan")
    await expect(colleague.get_by_role("link", name="Private")).to_have_count(0)
    await colleague.get_by_role("link", name="Shared").click()
    await colleague.get_by_role("button", name="Open the menu").click()
    await colleague.get_by_role("dialog").get_by_role("link", name="General").click()
    await colleague.get_by_label("Prefix", exact=True).fill("?")
    await colleague.goto(f"{dashboard.url}/g/{other.id}/settings/guilds")
    await expect(colleague.get_by_text("There is no such server for you")).to_be_visible()

    await entry.get_by_role("button", name="Take access back").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Take back").click()
    await expect(entry).to_have_count(0)
    assert await accessibility_problems(page) == []
    await colleague.goto(f"{dashboard.url}/g/{server.id}/settings/guilds")
    await expect(colleague.get_by_text("There is no such server for you")).to_be_visible()
    assert await accessibility_problems(colleague) == []


async def test_the_theme_that_somebody_chooses_stays(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    page = await window(server.owner.name, f"/g/{server.id}", theme="dark", phone=True)
    root = page.locator("html")
    await expect(root).to_have_class(re.compile(r"\bdark\b"))
    await page.get_by_role("button", name="Switch between light and dark").click()
    await expect(root).to_have_class(re.compile(r"\blight\b"))
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(root).to_have_class(re.compile(r"\blight\b"))
    assert await accessibility_problems(page) == []
