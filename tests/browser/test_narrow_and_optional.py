"""Two ways a newcomer goes: to an option that is left, by typing on, and out of the columns on a narrow page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from guildbase.testing.plugin import StartGuildbase

Window = Callable[..., Awaitable[Page]]


async def test_regression_typing_on_fills_in_an_optional_option(
    start_guildbase: StartGuildbase, window: Window
) -> None:
    await start_guildbase()
    jonas = await window("jonas", server="Harbour Café", channel="general")
    await jonas.locator("#write").press_sequentially("/cases")
    await expect(jonas.get_by_role("option", name="/cases")).to_be_visible()
    await jonas.keyboard.press("Tab")
    await expect(jonas.get_by_role("button", name="Run")).to_be_focused()
    await jonas.keyboard.type("pri")
    await expect(jonas.get_by_role("combobox", name="user:")).to_have_value("pri")
    await expect(jonas.get_by_role("option", name="Priya")).to_be_visible()
    await jonas.keyboard.press("Tab")
    await jonas.keyboard.press("Enter")
    await expect(jonas.get_by_role("log")).to_contain_text("No case fits this.")


async def test_regression_escape_closes_the_columns_of_a_narrow_page(window: Window) -> None:
    priya = await window("priya", channel="general")
    await priya.set_viewport_size({"width": 390, "height": 844})
    await priya.get_by_role("button", name="Servers and channels").click()
    await expect(priya.get_by_role("navigation", name="Channels")).to_be_visible()
    await priya.keyboard.press("Escape")
    await expect(priya.get_by_role("navigation", name="Channels")).to_be_hidden()
    await priya.get_by_role("button", name="Members").click()
