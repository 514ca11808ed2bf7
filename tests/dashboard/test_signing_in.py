"""The login page for developers, who need no Discord on their own machine."""

from __future__ import annotations

from playwright.async_api import expect

from guildbase.platform.accounts.controller import LoginController
from tests.dashboard.conftest import Dashboard, Windows, accessibility_problems


async def test_a_developer_signs_in_without_discord(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    token = await dashboard.running.services.get(LoginController).add_admin("dev", server.owner.id)
    window.expects("401")
    page = await window(path="/login", phone=True)
    name, secret = page.get_by_label("Name"), page.get_by_label("Token")
    await name.fill("dev")
    await secret.fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("This name or token is wrong.")).to_be_visible()
    assert await accessibility_problems(page) == []
    await secret.fill(token)
    await page.get_by_role("button", name="Sign in without Discord").click()
    await expect(page).to_have_url(f"{dashboard.url}/servers")
    await expect(page.get_by_role("button", name="Your menu, dev")).to_be_visible()


async def test_from_elsewhere_only_discord_is_offered(dashboard: Dashboard, window: Windows) -> None:
    page = await window()
    await page.set_extra_http_headers({"X-Forwarded-For": "203.0.113.1"})
    async with page.expect_response("**/auth/ways"):
        await page.goto(f"{dashboard.url}/login")
    await expect(page.get_by_role("link", name="Continue with Discord")).to_be_visible()
    await expect(page.get_by_role("button", name="Sign in without Discord")).to_have_count(0)
