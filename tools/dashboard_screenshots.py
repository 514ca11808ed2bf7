"""Takes pictures of all pages of the dashboard: `python -m tools.dashboard_screenshots [NAME ...]`.

The local Discord and the people are those of the demo, and what is to be seen has really happened there.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.dashboard.conftest import BUNDLE, PHONE, Dashboard, running_dashboard, sign_in
from tests.dashboard.test_every_route import shown
from tools import browser as browsers
from tools.dashboard import OUT, bring_up_to_date
from tools.dashboard_scene import play

FOLDER = Path(__file__).parent.parent / "docs" / "images" / "dashboard"
OWNER, MARA = "mara", 1212912186163200000
SERVER = "Harbour Café"
PAGES = {
    "servers": "/servers",
    "home": "/g/{id}",
    "modules": "/g/{id}/modules",
    "settings": "/g/{id}/settings/guilds",
    "settings-history": "/g/{id}/settings/guilds/history",
    "permissions": "/g/{id}/permissions",
    "access": "/g/{id}/access",
    "cases": "/g/{id}/cases",
    "case": "/g/{id}/cases/1",
    "reports": "/g/{id}/reports",
    "automod": "/g/{id}/automod",
    "raids": "/g/{id}/raids",
    "tickets": "/g/{id}/tickets",
    "ticket": "/g/{id}/tickets/1",
    "blocklist": "/g/{id}/blocklist",
    "audit": "/g/{id}/audit",
    "transfer": "/g/{id}/transfer",
    "keys": "/g/{id}/keys",
    "my-sessions": "/me/sessions",
    "my-data": "/me/data",
    "operator": "/operator",
    "operator-shards": "/operator/shards",
    "operator-servers": "/operator/servers",
    "operator-errors": "/operator/errors",
    "operator-work": "/operator/work",
    "operator-cache": "/operator/cache",
    "operator-security": "/operator/security",
}
"""The addresses of the pages by the names of their pictures."""
ON_A_PHONE = ("home", "cases", "settings")
IN_LIGHT = ("home", "cases", "ticket", "settings", "operator")
"""Which pages are shown in light colours, too."""


async def main(wanted: list[str]) -> None:
    """Play a scene and take the pictures."""
    bundle = Path(BUNDLE) if BUNDLE else OUT
    if not BUNDLE:
        bring_up_to_date()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # The ids of the demo's people are always the same; who owns the server sees the operator's pages here, too.
        async with (
            running_dashboard(bundle, Path(folder), owner_ids=[MARA]) as dashboard,
            async_playwright() as playwright,
        ):
            chromium = await playwright.chromium.launch(executable_path=await asyncio.to_thread(browsers.find))
            server = dashboard.discord.guild(SERVER)
            await play(dashboard.running.services, server)
            for theme in ("dark", "light"):
                page = await _window(chromium, dashboard, theme)
                for name in wanted or (PAGES if theme == "dark" else IN_LIGHT):
                    await _picture(page, dashboard.url, name, server.id, theme)
                await page.context.close()
            await chromium.close()


async def _window(chromium: Browser, dashboard: Dashboard, theme: str) -> Page:
    context = await chromium.new_context(
        viewport={"width": 1280, "height": 800},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(f"{dashboard.url}/login")
    await shown(page)
    await _save(page, f"login-{theme}")
    await sign_in(page, dashboard, OWNER)
    return page


async def _picture(page: Page, url: str, name: str, guild_id: int, theme: str) -> None:
    await page.goto(url + PAGES[name].format(id=guild_id))
    await shown(page)
    await expect(page.locator(".animate-pulse")).to_have_count(0)
    await _save(page, f"{name}-{theme}")
    if name in ON_A_PHONE:
        size = page.viewport_size
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await _save(page, f"{name}-phone-{theme}")
        if size is not None:
            await page.set_viewport_size(size)


async def _save(page: Page, name: str) -> None:
    path = FOLDER / f"{name}.png"
    await page.screenshot(path=path)
    print(f"{path.relative_to(FOLDER.parent.parent.parent)}  {path.stat().st_size // 1000} KB")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
