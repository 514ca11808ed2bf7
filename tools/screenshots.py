"""Takes the pictures of the chat page for the README: `python -m tools.screenshots`.

They look best where the font Inter is installed.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from guildbase.core.registry import FeatureRegistry
from guildbase.database.schema.migrate import upgrade
from guildbase.simulator import GatewaySettings, Simulator
from guildbase.simulator.seed import seed
from guildbase.testing.running import RunningGuildbase
from tests.browser.conftest import playing
from tests.browser.test_chat_page import plan_catan, said, write
from tools import browser as browsers

_ADMIN = "mara"
_FOLDER = Path(__file__).parent.parent / "docs" / "images"


async def main() -> None:
    """Play a small scene in two windows and take pictures of it."""
    async with (
        Simulator(shards=2, gateway=GatewaySettings(identify_interval=0)) as sim,
        playing(sim),
        async_playwright() as playwright,
    ):
        seed(sim)
        path = await asyncio.to_thread(browsers.find)
        chromium = await playwright.chromium.launch(executable_path=path)
        jonas = await _window(chromium, sim, "jonas", "dark")
        priya = await _window(chromium, sim, "priya", "light")
        await _scene(jonas, priya)
        await _picture(jonas, "chat-dark")
        await _picture(priya, "chat-light")
        await jonas.locator("#write").press_sequentially("/pl")
        await jonas.keyboard.press("Tab")
        await jonas.keyboard.type("c")
        await expect(jonas.get_by_role("option").first).to_be_visible()
        await _picture(jonas, "chat-command")
        await chromium.close()
    await _settings()


async def _settings() -> None:
    """Take a picture of the form in which settings are changed."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/guildbase.db"
        await asyncio.to_thread(upgrade, address, registry=FeatureRegistry.discover())
        async with Simulator() as sim, async_playwright() as playwright:
            seed(sim)
            running = RunningGuildbase(sim, {"database_url": address})
            await running.until_ready()
            path = await asyncio.to_thread(browsers.find)
            chromium = await playwright.chromium.launch(executable_path=path)
            admin = await _window(chromium, sim, _ADMIN, "dark")
            await write(admin, "!config edit guilds")
            await expect(said(admin, "Settings of guilds")).to_be_visible()
            await said(admin, "Settings of guilds").scroll_into_view_if_needed()
            await _picture(admin, "config-form")
            await chromium.close()
            await running.stop()


async def _window(chromium: Browser, sim: Simulator, person: str, scheme: str) -> Page:
    context = await chromium.new_context(
        viewport={"width": 1200, "height": 760},
        device_scale_factor=1.5,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    await page.goto(f"{sim.page_url}?as={person}&channel=general")
    await expect(said(page, "Count me in.")).to_be_visible()
    return page


async def _scene(jonas: Page, priya: Page) -> None:
    await write(jonas, "Who is in for a game on **Saturday**? I will ask the bot. 🎲")
    await plan_catan(jonas)
    evening = said(priya, "Catan on Saturday")
    await evening.get_by_role("button", name="Join").click()
    await expect(said(jonas, "Catan on Saturday")).to_contain_text("@Priya")
    await evening.hover()
    await evening.get_by_role("button", name="Add reaction").click()
    await priya.get_by_role("button", name="🎉").click()
    await said(jonas, "Catan on Saturday").get_by_role("button", name="🎉").click()
    await evening.get_by_role("button", name="Details").click()
    await said(jonas, "Catan on Saturday").get_by_role("button", name="Details").click()
    for page in (jonas, priya):
        await expect(said(page, "Bring your own dice")).to_be_visible()
        await page.mouse.move(640, 20)
        await page.locator("#write").focus()


async def _picture(page: Page, name: str) -> None:
    path = _FOLDER / f"{name}.png"
    await page.screenshot(path=path)
    print(f"{path.relative_to(_FOLDER.parent.parent)}  {path.stat().st_size // 1000} KB")


if __name__ == "__main__":
    asyncio.run(main())
