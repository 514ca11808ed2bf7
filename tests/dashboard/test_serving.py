"""The built dashboard comes to a real browser, without an error and within its content security policy."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.dashboard.conftest import Dashboard, Windows


async def test_the_first_page_runs_under_its_policy(window: Windows, dashboard: Dashboard) -> None:
    page = await window(theme="dark")
    await expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b"))
    answer = await page.request.get(dashboard.url + "/nowhere")
    assert answer.status == 404
