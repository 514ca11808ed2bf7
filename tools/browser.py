"""Finds a Chromium for the tests of the chat page, and installs one where there is none (`make browser`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_ONE = "no Chromium was found: run `make browser`, or set CHROME to the path of one"


def find() -> str | None:
    """Return the path of a browser: the one that CHROME names, an installed one, or Playwright's own."""
    if named := os.environ.get("CHROME"):
        return named
    installed = next(filter(None, map(shutil.which, _NAMES)), None)
    return installed or _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> bool:
    """Install a browser with the system's packages when that is allowed, else with Playwright's download."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        commands = (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"])
        if all(subprocess.run(it, env=apt, check=False).returncode == 0 for it in commands):
            return True
    return subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode == 0


def main() -> int:
    """Return 0 if there is a browser in the end."""
    path = find()
    if path is None and install():
        path = find()
    print(f"The tests of the chat page use {path}." if path else HOW_TO_GET_ONE)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
