"""What happens in the server shows on an open page by itself."""

from __future__ import annotations

from playwright.async_api import expect

from guildbase.api.listeners import Listeners
from tests.dashboard.conftest import Dashboard, Windows
from tests.waiting import until


async def test_a_warning_in_the_chat_appears_on_the_open_page_of_cases(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    page = await window(server.owner.name, f"/g/{server.id}/cases")
    await until(lambda: len(dashboard.running.services.get(Listeners)) > 0)
    await server.owner.slash("warn", user=server.member("priya"), reason="a pun too many")
    await expect(page.get_by_text("a pun too many").first).to_be_visible()


async def test_a_window_that_is_closed_listens_no_more(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    listeners = dashboard.running.services.get(Listeners)
    before = len(listeners)
    page = await window(server.owner.name, f"/g/{server.id}")
    await until(lambda: len(listeners) == before + 1)
    await page.goto(dashboard.url + "/servers")
    await until(lambda: len(listeners) == before)
