"""Opens the chat page in the person's browser, where there is a person and a screen."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from collections.abc import Mapping

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
_OWN_SCREEN = ("darwin", "win32")


def has_screen(environment: Mapping[str, str], platform: str, *, is_terminal: bool) -> bool:
    """Tell whether somebody sits at the terminal and would see a browser: not in CI, in a pipe, or by SSH."""
    if not is_terminal or environment.get("CI") or environment.get("SSH_CONNECTION"):
        return False
    return platform in _OWN_SCREEN or any(environment.get(it) for it in _DISPLAYS)


async def open_page(url: str) -> bool:
    """Open the page if somebody would see it; return whether a browser took it."""
    if not has_screen(os.environ, sys.platform, is_terminal=sys.stdout.isatty()):
        return False
    return await asyncio.to_thread(webbrowser.open, url)
