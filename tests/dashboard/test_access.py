"""Who may do what, in a real browser: access given and taken back, rules explained, blocks, the log, an import."""

from __future__ import annotations

import json
import re

from playwright.async_api import Locator, Page, expect

from guildbase.testing.running import api_client
from tests.dashboard.conftest import Dashboard, Windows, accessibility_problems
from tests.waiting import until

FIRST = re.compile("brought the bot here|owns the server")


async def pick(page: Page | Locator, field: str, typed: str, choice: str | re.Pattern[str]) -> None:
    """Choose something in a picker, as one does: open it, type, click."""
    await page.get_by_role("combobox", name=field, exact=True).click()
    window = page.page if isinstance(page, Locator) else page
    await window.get_by_role("combobox", name="Search").fill(typed)
    await window.get_by_role("option", name=choice).first.click()


async def test_a_colleague_is_given_access_and_loses_it(window: Windows, dashboard: Dashboard) -> None:
    guild = await dashboard.server("Access")
    guild.member("cal")
    window.expects("404")
    page = await window("owner", f"/g/{guild.id}/access")
    await page.get_by_role("button", name="Give access").first.click()
    dialog = page.get_by_role("dialog")
    await pick(dialog, "Person", "cal", re.compile("cal"))
    await dialog.get_by_role("checkbox", name=re.compile("^Edit settings")).check()
    await expect(dialog.get_by_role("checkbox", name=re.compile("^View settings"))).to_be_checked()
    assert await accessibility_problems(page) == []
    await dialog.get_by_role("textbox", name="Reason").fill("<img src=x onerror=alert(1)> helps")
    await dialog.get_by_role("button", name="Give access").click()
    entry = page.get_by_role("listitem").filter(has_text="cal")
    await expect(entry.get_by_text("Edit settings")).to_be_visible()
    await expect(entry.get_by_text("<img src=x onerror=alert(1)> helps")).to_be_visible()

    colleague = await window("cal", f"/g/{guild.id}/permissions", phone=True)
    await expect(colleague.get_by_role("button", name="New rule")).to_be_visible()

    await entry.get_by_role("button", name="Take access back").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Take back").click()
    await expect(entry).to_have_count(0)
    await page.get_by_role("tab", name="History").click()
    await expect(page.get_by_role("listitem").filter(has_text="took access from")).to_be_visible()
    await colleague.reload()
    await expect(colleague.get_by_text("There is no such server for you")).to_be_visible()


async def test_the_last_owner_stays_and_elsewhere_is_refused(window: Windows, dashboard: Dashboard) -> None:
    guild = await dashboard.server("Owners")
    ada = guild.member("ada")
    window.expects("404", "409")
    path = f"/guilds/{guild.id}/authorized-users"
    async with api_client(dashboard.running.services) as api:

        async def has_installer() -> bool:
            return bool((await api.get(path)).json()["authorized"])

        await until(has_installer)
        assert (await api.post(path, json={"user_id": str(ada.id), "rights": ["owner"]})).status_code == 201
    page = await window("ada", f"/g/{guild.id}/access")
    first, own = (page.get_by_role("listitem").filter(has_text=name) for name in (FIRST, "ada"))
    for entry in (first, own):
        await entry.get_by_role("button", name="Take access back").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Take back").click()
        if entry is first:
            await expect(entry).to_have_count(0)
    await expect(page.get_by_text("This is the last one who owns the dashboard.")).to_be_visible()
    await page.get_by_role("button", name="Cancel").click()
    await expect(own.get_by_text("Owner", exact=True)).to_be_visible()
    other = await dashboard.server("Elsewhere")
    await page.goto(f"{dashboard.url}/g/{other.id}/access")
    await expect(page.get_by_text("There is no such server for you")).to_be_visible()


async def test_a_rule_is_made_and_explained(window: Windows, dashboard: Dashboard) -> None:
    guild = await dashboard.server("Rules")
    guild.member("bob")
    page = await window("owner", f"/g/{guild.id}/permissions", theme="dark")
    await page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("combobox", name="What to do").click()
    await page.get_by_role("option", name="Deny").click()
    await dialog.get_by_role("combobox", name="Whom or where").click()
    await page.get_by_role("option", name="A channel").click()
    await pick(dialog, "A channel", "general", "general")
    await pick(dialog, "Command", "ping", "/ping")
    assert await accessibility_problems(page) == []
    await dialog.get_by_role("button", name="Make the rule").click()
    await expect(page.get_by_role("row").filter(has_text="/ping").get_by_text("Deny")).to_be_visible()

    await page.get_by_role("tab", name="Explain").click()
    await pick(page, "Who", "bob", re.compile("bob"))
    await pick(page, "Which command", "ping", "/ping")
    await expect(page.get_by_text("Allowed", exact=True)).to_be_visible()
    await pick(page, "Where", "general", "general")
    await expect(page.get_by_text("Refused", exact=True)).to_be_visible()
    await expect(page.get_by_text("Rule #1 decides.")).to_be_visible()


async def test_somebody_is_blocked_and_the_log_tells_it(window: Windows, dashboard: Dashboard) -> None:
    guild = await dashboard.server("Blocks")
    guild.member("spammer")
    page = await window("owner", f"/g/{guild.id}/blocklist", phone=True)
    await page.get_by_role("button", name="Add somebody").click()
    dialog = page.get_by_role("dialog")
    await pick(dialog, "Who", "spammer", re.compile("spammer"))
    await dialog.get_by_role("textbox", name="Reason").fill("=HYPERLINK(1)")
    await dialog.get_by_role("button", name="Block", exact=True).click()
    await expect(page.get_by_role("row").filter(has_text="spammer").get_by_text("Blocked")).to_be_visible()

    await page.goto(f"{dashboard.url}/g/{guild.id}/audit?action=standing.block")
    await page.get_by_role("listitem").get_by_role("button").filter(has_text="blocked").click()
    details = page.get_by_role("dialog")
    await expect(details.get_by_text("=HYPERLINK(1)")).to_be_visible()
    assert await accessibility_problems(page) == []
    answer = await page.request.get(f"{dashboard.url}/api/v1/guilds/{guild.id}/audit/export?action=standing.block")
    assert '"\'=HYPERLINK(1)"' in await answer.text()


async def test_an_import_shows_what_it_does_before_it_does_it(window: Windows, dashboard: Dashboard) -> None:
    guild = await dashboard.server("Imports")
    page = await window("owner", f"/g/{guild.id}/transfer")
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download the export").click()
    document = json.loads((await (await downloading.value).path()).read_text(encoding="utf-8"))
    document["sections"]["settings.guilds"]["data"]["prefix"] = "?"
    file = {"name": "server.json", "mimeType": "application/json", "buffer": json.dumps(document).encode()}
    await page.get_by_label("File").set_input_files(file)  # type: ignore[arg-type]
    changes = page.get_by_role("region", name="Changes")
    await expect(changes.get_by_text("settings.guilds.prefix")).to_be_visible()
    section = page.get_by_role("checkbox", name="Settings of guilds")
    await section.uncheck()
    await expect(page.get_by_text("Nothing would change")).to_be_visible()
    await section.check()
    await page.get_by_role("button", name="Import", exact=True).click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Import").click()
    await expect(page.get_by_text("1 change is made.")).to_be_visible()
    async with api_client(dashboard.running.services) as api:
        settings = (await api.get(f"/guilds/{guild.id}/config/guilds")).json()
    assert settings["values"]["prefix"] == "?"
