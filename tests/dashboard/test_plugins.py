"""Pages of strangers: those that a feature declares in Python are there without a build, and TypeScript is built in."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from guildbase.database.base import Base
from guildbase.web.building import build
from tests.dashboard.conftest import Dashboard, Windows, accessibility_problems, running_dashboard
from tests.dashboard.hostile import ESCAPED, SCRIPTS
from tests.platform.pages.lottery import write_lottery
from tools.dashboard import SOURCES

PLUGINS = SOURCES.parent / "examples" / "dashboard-plugin"
GUESTBOOK = SOURCES.parent / "examples" / "guestbook" / "src" / "guestbook"


@pytest.fixture(scope="module")
async def stranger(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dashboard]:
    """A dashboard whose bot has the feature of the guide and the guest book."""
    folder = tmp_path_factory.mktemp("strangers")
    features = write_lottery(folder / "features")
    shutil.copytree(GUESTBOOK, features / "guestbook", ignore=shutil.ignore_patterns("__pycache__"))
    before = set(Base.metadata.tables)
    async with running_dashboard(bundle, folder, features_dir=str(features)) as running:
        yield running
    # Tests that come after this one have databases without the strangers' tables.
    for name in Base.metadata.tables.keys() - before:
        Base.metadata.remove(Base.metadata.tables[name])


@pytest.fixture
async def window(chromium: Browser, stranger: Dashboard) -> AsyncIterator[tuple[Windows, Dashboard]]:
    """Windows on that dashboard."""
    windows = Windows(chromium, stranger)
    yield windows, stranger
    for context in windows.contexts:
        await context.close()
    assert windows.problems == []


async def test_a_page_declared_in_python_is_there_without_a_build(window: tuple[Windows, Dashboard]) -> None:
    windows, dashboard = window
    windows.expects("422")
    guild = await dashboard.server("Fairground")
    page = await windows("owner", f"/g/{guild.id}")
    await page.get_by_role("link", name="Lottery", exact=True).click()
    await expect(page.get_by_role("heading", name="Lottery", exact=True)).to_be_visible()
    await expect(page.get_by_text("Nobody takes part yet.")).to_be_visible()

    await page.get_by_role("button", name="Enter somebody").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Tickets", exact=True).fill("11")
    await form.get_by_label("User", exact=True).click()
    await page.get_by_placeholder("Search").fill(guild.owner.name[:4])
    await page.get_by_role("option").first.click()
    await form.get_by_role("button", name="Enter somebody").click()
    await expect(form.get_by_label("Tickets", exact=True)).to_have_attribute("aria-invalid", "true")
    await form.get_by_label("Tickets", exact=True).fill("3")
    await form.get_by_role("button", name="Enter somebody").click()
    await expect(page.get_by_text("Entered with 3.")).to_be_visible()
    await expect(page.get_by_role("table", name="Who takes part")).to_contain_text("Owner")
    await expect(page.get_by_role("region", name="At a glance")).to_contain_text("3")
    assert await accessibility_problems(page) == []


async def test_what_people_write_into_the_guest_book_stands_there_as_text(window: tuple[Windows, Dashboard]) -> None:
    windows, dashboard = window
    server = await dashboard.server("Inn")
    lines = [" ".join(SCRIPTS[start : start + 3]) for start in range(0, len(SCRIPTS), 3)]
    for number, line in enumerate(lines):
        await server.member(f"guest{number}").slash("sign", text=line)
    page = await windows("owner", f"/g/{server.id}/p/guestbook/entries", theme="dark")
    rows = page.get_by_role("table", name="Lines").get_by_role("row")
    await expect(rows).to_have_count(len(lines) + 1)
    await expect(rows.filter(has_text=SCRIPTS[-1])).to_be_visible()
    assert await page.evaluate(ESCAPED)

    await page.get_by_role("button", name="Remove a line").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("User", exact=True).click()
    await page.get_by_placeholder("Search").fill("guest4")
    await page.get_by_role("option").first.click()
    assert await accessibility_problems(page) == []
    await form.get_by_role("button", name="Remove a line").click()
    await expect(page.get_by_text("The line is removed.")).to_be_visible()
    await expect(rows).to_have_count(len(lines))


@pytest.mark.skipif(
    "1" not in (os.environ.get("BUILD_PLUGINS"), os.environ.get("CI", "").replace("true", "1")),
    reason="It builds the dashboard, which takes a minute; CI does it, and BUILD_PLUGINS=1 asks for it.",
)
def test_the_example_in_typescript_is_checked_and_built(tmp_path: Path) -> None:
    out, work = tmp_path / "pages", tmp_path / "work"
    if (packages := SOURCES / "node_modules").exists():
        # `make dashboard` has installed them just as this build would, and that takes as long as the build.
        shutil.copytree(packages, work / packages.name, symlinks=True, copy_function=linked)
        (work / "build.lock").touch()  # The sign of a folder in which was built before.
    assert build(SOURCES, out, plugins=PLUGINS, work=work, tell=print)
    assert (out / "g" / "_" / "x" / "greetings.html").is_file()
    assert (out / "g" / "_" / "x" / "greetings" / "day" / "_.html").is_file()


def linked(source: str, target: str) -> None:
    """Put the file there, without copying it where that can be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
