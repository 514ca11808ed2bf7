"""The API cannot be reached, or knows the person no longer: pages say so, and nothing that was written is lost."""

from __future__ import annotations

from playwright.async_api import expect

from tests.dashboard.conftest import Dashboard, Windows, accessibility_problems


async def test_who_is_signed_out_while_writing_signs_in_elsewhere_and_goes_on(
    dashboard: Dashboard, window: Windows
) -> None:
    server = await dashboard.server()
    window.expects("401")
    page = await window(server.owner.name, f"/g/{server.id}/settings/guilds")
    await page.get_by_label("Prefix", exact=True).fill("?")
    cookies = await page.context.cookies()
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog", name="Save these changes?")
    await dialog.get_by_role("button", name="Save").click()
    notice = page.get_by_text("You are signed out.")
    await expect(notice).to_be_visible()
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(notice).to_have_count(0)
    await expect(page.get_by_label("Prefix", exact=True)).to_have_value("?")
    await page.get_by_role("button", name="Review and save").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("region", name="Unsaved changes")).to_have_count(0)


async def test_a_page_says_that_the_api_is_away_and_goes_on_when_it_is_back(
    dashboard: Dashboard, window: Windows
) -> None:
    server = await dashboard.server()
    window.expects("ERR_FAILED")
    page = await window(server.owner.name, f"/g/{server.id}")
    await expect(page.get_by_role("button", name="Check again")).to_be_visible()
    await page.route("**/api/**", lambda route: route.abort())
    await page.get_by_role("button", name="Check again").click()
    notice = page.get_by_text("Guildbase cannot be reached.")
    await expect(notice).to_be_visible()
    assert await accessibility_problems(page) == []
    await page.unroute("**/api/**")
    await page.get_by_role("button", name="Try again", exact=True).click()
    await expect(notice).to_have_count(0)
