"""What moderators do in the dashboard, and what becomes of it in the server."""

from __future__ import annotations

import re

import httpx
from playwright.async_api import expect

from guildbase.database.manager import DatabaseManager
from guildbase.features.channels.kinds import LockState
from guildbase.features.channels.models import ChannelLock
from guildbase.simulator import ScriptedGuild
from guildbase.testing.running import api_client
from tests.dashboard.conftest import Dashboard, Windows, accessibility_problems
from tests.factories import new_id
from tests.waiting import until

XSS = '<img src=x onerror="window.stolen=1"><script>window.stolen=1</script>'


async def _warn(api: httpx.AsyncClient, server: ScriptedGuild, name: str, reason: str) -> int:
    body = {"type": "warn", "target_id": str(server.member(name).id), "reason": reason, "is_silent": True}
    return int((await api.post(f"/guilds/{server.id}/cases", json=body)).raise_for_status().json()["number"])


async def test_cases_are_filtered_by_the_address_read_and_corrected(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    async with api_client(dashboard.running.services) as api:
        await _warn(api, server, "priya", f"spam {XSS}")
        await _warn(api, server, "tomek", "a pun too many")
        page = await window(server.owner.name, f"/g/{server.id}/cases")
        await expect(page.get_by_role("table").get_by_role("row")).to_have_count(3)
        assert await accessibility_problems(page) == []
        await page.get_by_label("Reason holds").fill("spam")
        await expect(page).to_have_url(re.compile("words=spam"))
        await expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)
        await page.get_by_role("button", name="#1", exact=True).click()
        sheet = page.get_by_role("dialog")
        # What members write is text, wherever it is shown.
        await expect(sheet.get_by_text(XSS).first).to_be_visible()
        assert await page.evaluate("window.stolen") is None
        assert await accessibility_problems(page) == []
        await sheet.get_by_role("button", name="Edit").click()
        await page.get_by_label("Reason", exact=True).fill("advertising")
        await page.get_by_role("button", name="Save").click()
        await expect(sheet.get_by_text("changed reason")).to_be_visible()
        case = (await api.get(f"/guilds/{server.id}/cases/1")).json()
        assert (case["reason"], case["edits"][0]["editor_name"]) == ("advertising", server.owner.name)


async def test_a_case_that_is_opened_here_is_done_in_the_server(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    priya = server.member("priya")
    page = await window(server.owner.name, f"/g/{server.id}/cases/person?id={priya.id}", theme="dark")
    await expect(page.get_by_text("A clean record")).to_be_visible()
    await page.get_by_role("button", name="New case").click()
    await page.get_by_label("Reason").fill("enough puns")
    await page.get_by_role("button", name="Open case").click()
    await expect(page.get_by_role("link", name="#1")).to_have_count(0)
    await expect(page.get_by_role("table").get_by_text("enough puns")).to_be_visible()
    await expect(page.get_by_text("point of warnings")).to_be_visible()
    assert await accessibility_problems(page) == []


async def test_a_rule_is_made_tried_and_then_acts(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    priya = server.member("priya")
    page = await window(server.owner.name, f"/g/{server.id}/automod")
    await page.get_by_role("button", name="New rule").click()
    await page.get_by_label("Name").fill("no krakens")
    await page.get_by_label("Words, one a line").fill("kraken")
    await page.get_by_label("Only tell, do nothing").click()
    assert await accessibility_problems(page) == []
    await page.get_by_role("button", name="Save rule").click()
    await expect(page.get_by_role("list", name="Rules").get_by_text("no krakens")).to_be_visible()
    await page.get_by_label("Message").fill("release the kraken")
    await page.get_by_role("button", name="Try it").click()
    await expect(page.get_by_text("1 rule is broken.")).to_be_visible()
    await priya.says("release the kraken", channel="general")
    await until(lambda: "release the kraken" not in [message.text for message in server.messages("general")])
    await page.get_by_role("tab", name="Violations").click()
    await expect(page.get_by_role("table").get_by_text("release the kraken")).to_be_visible()


async def test_what_is_wrong_with_a_rule_is_told_at_its_field(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    window.expects("422")
    page = await window(server.owner.name, f"/g/{server.id}/automod", phone=True)
    await page.get_by_role("button", name="New rule").click()
    await page.get_by_label("Name").fill("wrong")
    await page.get_by_role("combobox", name="Then 1").click()
    await page.get_by_role("option", name="Time out").click()
    await page.get_by_label("For how long").fill("soon")
    await page.get_by_role("button", name="Save rule").click()
    await expect(page.get_by_label("For how long")).to_have_attribute("aria-invalid", "true")


async def test_a_channel_is_locked_and_given_back(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    page = await window(server.owner.name, f"/g/{server.id}/raids")
    await expect(page.get_by_text("Nobody watches for raids.")).to_be_visible()
    assert await accessibility_problems(page) == []
    await page.get_by_role("button", name="Lock", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Channels").click()
    await page.get_by_role("option", name="general").click()
    await page.keyboard.press("Escape")
    await dialog.get_by_role("button", name="Lock", exact=True).click()
    await page.get_by_role("button", name="Unlock general").click()
    await expect(page.get_by_text("Nothing is locked.")).to_be_visible()


async def test_all_locked_channels_can_be_reached(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    async with dashboard.running.services.get(DatabaseManager).transaction() as work:
        for _ in range(60):
            await ChannelLock.create(work.session, guild_id=server.id, channel_id=new_id(), state=LockState.DONE)
    page = await window(server.owner.name, f"/g/{server.id}/raids")
    locked = page.get_by_role("button", name=re.compile("^Unlock [0-9]"))
    await expect(locked).to_have_count(50)
    await page.get_by_role("button", name="Show more").click()
    await expect(locked).to_have_count(60)
    await expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    assert await accessibility_problems(page) == []


async def test_what_is_not_there_is_not_tried_again(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    window.expects("404")
    page = await window(server.owner.name, f"/g/{server.id}/cases/77")
    await expect(page.get_by_text("There is no case #77 here.")).to_be_visible()
    await expect(page.get_by_role("alert").locator("code")).to_have_text("/cases")
    await expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    assert await accessibility_problems(page) == []


async def test_on_a_phone_each_cell_has_the_name_of_its_column(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    async with api_client(dashboard.running.services) as api:
        await _warn(api, server, "priya", "loud")
    page = await window(server.owner.name, f"/g/{server.id}/cases", phone=True)
    cells = page.get_by_role("table", name="Cases").get_by_role("row").last.get_by_role("cell")
    await expect(cells).to_have_count(7)
    columns = ("Case", "Type", "State", "Member", "Moderator", "Reason", "When")
    for cell, column in zip(await cells.all(), columns, strict=True):
        await expect(cell).to_be_in_viewport()
        assert await cell.evaluate("it => getComputedStyle(it, '::before').content") == f'"{column}"'
    assert await accessibility_problems(page) == []
