"""One's own pages and API keys: sessions that end, data that goes along or goes away, a key that is shown once."""

from __future__ import annotations

import asyncio
import re
import zipfile
from pathlib import Path

import httpx
from playwright.async_api import expect

from tests.dashboard.conftest import Dashboard, Windows, accessibility_problems


async def test_other_sessions_end_and_this_one_stays(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    window.expects("401")
    elsewhere = await window(server.owner.name, "/me/data")
    await expect(elsewhere.get_by_role("heading", name="My data", exact=True)).to_be_visible()
    page = await window(server.owner.name, "/me/sessions", phone=True)
    sessions = page.get_by_role("main").get_by_role("listitem")
    await expect(sessions.filter(has_text="This one")).to_have_count(1)
    assert await accessibility_problems(page) == []
    await page.get_by_role("button", name="End all others").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="End all others").click()
    await expect(sessions).to_have_count(1)
    await elsewhere.reload()
    await expect(elsewhere).to_have_url(re.compile("/login"))


async def test_people_take_their_data_along_and_think_better_of_an_erasure(
    dashboard: Dashboard, window: Windows, tmp_path: Path
) -> None:
    server = await dashboard.server()
    name = server.owner.name
    page = await window(name, "/me/data", theme="dark")
    await page.get_by_role("combobox", name="Language").click()
    await page.get_by_role("option", name="Deutsch").click()
    await page.get_by_role("button", name="Save preferences").click()
    await expect(page.get_by_text("Your preferences are saved.")).to_be_visible()
    assert await accessibility_problems(page) == []
    await page.get_by_role("button", name="Count what is about me").click()
    await expect(page.get_by_text(re.compile("are about you or mention you"))).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download my data").click()
    taken = tmp_path / "my-data.zip"
    await (await download.value).save_as(taken)
    with zipfile.ZipFile(taken) as archive:
        preferences = await asyncio.to_thread(archive.read, "json/user_preferences.json")
    assert str(server.owner.id).encode() in preferences

    await page.get_by_role("button", name="Erase my data").click()
    erase = page.get_by_role("dialog").get_by_role("button", name="Erase my data")
    await expect(erase).to_be_disabled()
    await page.get_by_role("textbox", name=re.compile("Type")).fill("erase my data")
    await erase.click()
    await expect(page.get_by_text(re.compile("Your data will be erased in 7 days, on"))).to_be_visible()
    await page.get_by_role("button", name="Keep my data").click()
    await expect(page.get_by_role("button", name="Erase my data")).to_be_visible()


async def test_a_key_is_shown_once_works_and_ends(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    page = await window(server.owner.name, f"/g/{server.id}/keys")
    await page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Name").fill("<b>nightly</b> export")
    assert await accessibility_problems(page) == []
    await dialog.get_by_role("button", name="Make key").click()
    secret = dialog.get_by_text(re.compile("^gb_"))
    await expect(secret).to_be_visible()
    key = (await secret.inner_text()).strip()
    await dialog.get_by_role("button", name="Close").click()
    row = page.get_by_role("main").get_by_role("listitem").filter(has_text="<b>nightly</b> export")
    await expect(row).to_contain_text("Works")
    assert key not in await page.content()
    async with httpx.AsyncClient(base_url=dashboard.url, headers={"X-API-Key": key}, trust_env=False) as program:
        cases = f"/api/v1/guilds/{server.id}/cases"
        assert (await program.get(cases)).status_code == 200
        await row.get_by_role("button", name="End", exact=True).click()
        await page.get_by_role("alertdialog").get_by_role("button", name="End key").click()
        await expect(row).to_contain_text("Ended")
        assert (await program.get(cases)).status_code == 401
