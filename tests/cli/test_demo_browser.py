from __future__ import annotations

import pytest

from guildbase.cli.demo import browser

HERE = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("environment", "platform", "is_terminal", "expected"),
    [
        (HERE, "linux", True, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True, True),
        ({}, "darwin", True, True),
        ({}, "linux", True, False),
        (HERE, "linux", False, False),
        (HERE | {"CI": "true"}, "linux", True, False),
        (HERE | {"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, "linux", True, False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_sees_it(
    environment: dict[str, str], platform: str, is_terminal: bool, expected: bool
) -> None:
    assert browser.has_screen(environment, platform, is_terminal=is_terminal) is expected


async def test_the_browser_gets_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def take(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", take)
    monkeypatch.setattr(browser, "has_screen", lambda *_, is_terminal: False)
    assert not await browser.open_page("http://127.0.0.1:1/")
    monkeypatch.setattr(browser, "has_screen", lambda *_, is_terminal: True)
    assert await browser.open_page("http://127.0.0.1:1/")
    assert opened == ["http://127.0.0.1:1/"]
