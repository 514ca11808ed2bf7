"""Settings and modules in the browser: changed, looked at before, taken back, and heeded by the bot at once."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.dashboard.conftest import Dashboard, Windows, accessibility_problems


async def _save(page: Page, reason: str = "") -> None:
    await page.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog", name="Save these changes?")
    await dialog.get_by_label("Reason").fill(reason)
    await dialog.get_by_role("button", name="Save").click()
    # What lies behind an open dialog counts as hidden.
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("region", name="Unsaved changes")).to_have_count(0)


async def _is_as_wide_as_the_window(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def test_a_changed_setting_changes_the_bots_next_answer_and_can_be_taken_back(
    dashboard: Dashboard, window: Windows
) -> None:
    server = await dashboard.server()
    owner = server.owner
    member = server.member("priya")
    page = await window(owner.name, f"/g/{server.id}/settings/moderation")
    assert (await owner.slash("warn", user=member, reason="Hm")).ephemeral
    await page.get_by_role("switch", name="Public").click()
    await _save(page, "As elsewhere")
    assert not (await owner.slash("warn", user=member, reason="Hm")).ephemeral

    await page.get_by_role("link", name="History").click()
    await expect(page.get_by_text("As elsewhere")).to_be_visible()
    await page.get_by_role("button", name="Take back").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Take back").click()
    await expect(page.get_by_text("The change is taken back.")).to_be_visible()
    assert (await owner.slash("warn", user=member, reason="Hm")).ephemeral


async def test_what_somebody_else_saves_meanwhile_is_shown_before_it_is_overwritten(
    dashboard: Dashboard, window: Windows
) -> None:
    server = await dashboard.server()
    mine = await window(server.owner.name, f"/g/{server.id}/settings/guilds")
    await mine.get_by_label("Prefix", exact=True).fill("?")
    theirs = await mine.context.new_page()
    await theirs.goto(mine.url)
    await theirs.get_by_label("Prefix", exact=True).fill("$")
    await _save(theirs)

    await mine.bring_to_front()
    await expect(mine.get_by_text("Somebody changed these settings meanwhile")).to_be_visible()
    await expect(mine.get_by_label("Prefix", exact=True)).to_have_value("?")
    await expect(mine.get_by_role("button", name="Review and save")).to_be_disabled()
    await mine.get_by_role("button", name="Go on with my changes").click()
    await mine.get_by_role("button", name="Review and save").click()
    await expect(mine.get_by_role("dialog").get_by_text("$", exact=True)).to_be_visible()


async def test_what_is_unsaved_is_not_left_by_a_slip(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    page = await window(server.owner.name, f"/g/{server.id}/settings/guilds")
    await page.get_by_label("Prefix", exact=True).fill("too long a prefix")
    await expect(page.get_by_label("Prefix", exact=True)).to_have_value("too long a")
    await page.get_by_role("link", name="Modules").first.click()
    await page.get_by_role("button", name="Stay").click()
    await expect(page).to_have_url(f"{dashboard.url}/g/{server.id}/settings/guilds")
    await page.get_by_role("button", name="Discard").click()
    await page.get_by_role("link", name="Modules").first.click()
    await expect(page.get_by_role("heading", name="Modules", level=1)).to_be_visible()


async def test_going_back_asks_first_while_something_is_unsaved(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    page = await window(server.owner.name, f"/g/{server.id}/modules")
    await page.get_by_role("link", name="Settings of General").click()
    prefix, question = page.get_by_label("Prefix", exact=True), page.get_by_role("dialog", name="Leave without saving?")
    for choice in ("Stay", "Leave"):
        await prefix.fill("?")
        await expect(page.get_by_role("region", name="Unsaved changes")).to_be_visible()
        await page.evaluate("history.back()")
        await question.get_by_role("button", name=choice).click()
        await expect(question).to_have_count(0)
        if choice == "Stay":
            await expect(prefix).to_have_value("?")
    await expect(page.get_by_role("heading", name="Modules", level=1)).to_be_visible()


async def test_channels_and_roles_are_picked_by_name_on_a_phone(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    role = server.role("Helpers")
    channel = server.channel("lounge-log")
    page = await window(server.owner.name, f"/g/{server.id}", phone=True)
    await page.get_by_role("button", name="Open the menu").click()
    await page.get_by_role("dialog").get_by_role("link", name="General").click()
    await page.get_by_label("Mod log channel", exact=True).click()
    await page.get_by_role("option", name=channel.name).click()
    await page.get_by_label("Level 3 role", exact=True).click()
    await page.get_by_placeholder("Search").fill("help")
    await page.get_by_role("option", name=role.name).click()
    assert await _is_as_wide_as_the_window(page)
    await _save(page)
    await page.reload()
    await expect(page.get_by_label("Mod log channel", exact=True)).to_have_text(channel.name)
    await expect(page.get_by_label("Level 3 role", exact=True)).to_have_text(role.name)


async def test_a_module_that_is_switched_off_answers_why(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    page = await window(server.owner.name, f"/g/{server.id}/modules")
    await page.get_by_role("switch", name="Moderation", exact=True).click()
    await page.get_by_label("What people are told").fill("We use another bot.")
    await page.get_by_role("button", name="Switch off").click()
    await expect(page.get_by_text("Moderation is off.")).to_be_visible()
    answer = await server.owner.slash("warn", user=server.member("priya"), reason="Hm")
    assert "We use another bot." in answer.text
    await page.get_by_role("switch", name="Moderation", exact=True).click()
    await expect(page.get_by_text("Moderation is on.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_home_modules_and_settings_are_accessible(dashboard: Dashboard, window: Windows, theme: str) -> None:
    server = await dashboard.server()
    page = await window(server.owner.name, f"/g/{server.id}", theme=theme)
    await expect(page.locator("html")).to_have_class(re.compile(rf"\b{theme}\b"))
    await expect(page.get_by_text("No log channel is set.")).to_be_visible()
    assert await accessibility_problems(page) == []
    await page.keyboard.press("Control+k")
    await page.get_by_placeholder("Go to a page or a server").fill("antiraid")
    assert await accessibility_problems(page) == []
    await page.get_by_placeholder("Go to a page or a server").fill("modules' settings anti")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Anti-raid settings")).to_be_visible()
    await page.get_by_label("Joins", exact=True).fill("2")
    await expect(page.get_by_text("At least 3.")).to_be_visible()
    assert await accessibility_problems(page) == []


async def test_who_has_no_right_there_sees_a_closed_door(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    page = await window(server.member("passerby").name, f"/g/{server.id}/settings/guilds")
    await expect(page.get_by_text("There is no such server for you")).to_be_visible()
    await expect(page.get_by_role("link", name="Modules")).to_have_count(0)
