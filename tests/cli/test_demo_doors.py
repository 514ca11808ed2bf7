"""The first page of the demo, and the build of the dashboard behind it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from guildbase.cli.demo import pages as demo_pages
from guildbase.cli.demo.doors import Doors, open_doors
from guildbase.cli.demo.pages import Pages, PagesState
from tests.browser.conftest import chromium as chromium
from tests.waiting import until
from tests.web.conftest import project as project

ROOT = Path(__file__).parents[2]
DOORS = Doors("http://127.0.0.1:1/chat?as=<jonas>", "http://127.0.0.1:1/", "jonas", "mara")


@pytest.fixture
def checkout(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout that was never built."""
    monkeypatch.setattr(demo_pages, "CHECKOUT", project)
    monkeypatch.setattr(demo_pages, "pages", lambda: (project / "out",))
    monkeypatch.setattr("guildbase.web.places.CHECKOUT", project)
    monkeypatch.setattr(demo_pages, "COMMAND", (*demo_pages.COMMAND, str(project)))
    return project


async def test_the_page_leads_to_both_places_and_opens_the_second_door_when_it_is_built(
    checkout: Path, chromium: Browser
) -> None:
    behind = Pages()
    async with open_doors(DOORS, behind) as url:
        page = await (await chromium.new_context()).new_page()
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        await page.goto(url)
        await expect(page.get_by_role("status")).to_contain_text("The dashboard was not built.")
        await behind.start()
        await expect(page.get_by_role("link", name="The dashboard")).to_have_attribute("href", DOORS.dashboard)
        await expect(page.get_by_role("link", name="The chat")).to_have_attribute("href", DOORS.chat)
        await expect(page.get_by_role("status")).to_have_text("")
        assert problems == []
        await page.context.close()
    await behind.stop()
    assert behind.state is PagesState.READY
    assert (checkout / "out" / "index.html").exists()


async def test_a_build_that_fails_is_told_and_the_demo_goes_on(checkout: Path) -> None:
    (checkout / "src" / "page.txt").write_text("broken page")
    behind = Pages()
    async with open_doors(DOORS, behind) as url, aiohttp.ClientSession() as browser:
        await behind.start()
        await until(lambda: behind.state is PagesState.FAILED)
        async with browser.get(f"{url}state") as answer:
            state = await answer.json()
        assert "page.txt is broken" in state["told"]
        assert (state["state"], state["is_open"]) == ("failed", False)
    await behind.stop()


async def test_an_end_in_the_middle_of_the_build_ends_the_build(checkout: Path) -> None:
    (checkout / "scripts" / "gen-plugins.mjs").write_text("setInterval(() => {}, 1000);")
    behind = Pages()
    await behind.start()
    await until(lambda: behind.told.startswith("Building the pages"))
    assert behind._process is not None
    group = behind._process.pid
    await behind.stop()

    def is_gone() -> bool:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    await until(is_gone)


async def test_what_is_built_or_not_wanted_is_not_built(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_DASHBOARD", "skip")
    behind = Pages()
    await behind.start()
    assert (behind.state, behind.is_open, behind._process) == (PagesState.READY, False, None)
    await behind.stop()


def test_make_demo_has_the_pages_built() -> None:
    """What keeps them out of the installed package must not keep them out of the demo."""
    make = shutil.which("make") or "make"
    recipe = subprocess.run([make, "-n", "demo"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "env -u GUILDBASE_DASHBOARD guildbase demo\n" in recipe


async def test_a_second_demo_has_a_page_of_its_own(checkout: Path) -> None:
    async with open_doors(DOORS, Pages()) as one, open_doors(DOORS, Pages()) as other, aiohttp.ClientSession() as it:
        assert one != other
        for url in (one, other):
            async with it.get(url) as answer:
                text = await answer.text()
                assert "as=&lt;jonas&gt;" in text
                assert "unsafe-inline'; script-src 'self'" in answer.headers["Content-Security-Policy"]
