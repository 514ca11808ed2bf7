"""The wheel brings the dashboard: who installs it needs no Node.js to see the pages, and can build them with one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tools.dashboard import OUT, SOURCES, bring_up_to_date

ROOT = SOURCES.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as pip would put it there; a wheel of plain Python is installed by unpacking it."""
    if not (OUT / "index.html").exists() and os.environ.get("CI") != "true":
        pytest.skip("the dashboard is not built: run `make dashboard`")
    bring_up_to_date()
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "GUILDBASE_DASHBOARD"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_pages_sources_and_licences_are_in_the_wheel(installed: Path) -> None:
    web = installed / "guildbase" / "web"
    assert (web / "static" / "index.html").exists()
    assert "next" in (web / "static" / "THIRD-PARTY-LICENSES.txt").read_text()
    assert (web / "sources" / "package-lock.json").exists()
    assert not (web / "sources" / "node_modules").exists()


def test_an_installed_package_shows_the_dashboard_where_there_is_no_node(installed: Path, tmp_path: Path) -> None:
    site_packages = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    environment = {
        "PATH": "",
        "PYTHONPATH": os.pathsep.join([str(installed), str(site_packages)]),
        "GUILDBASE_API_PORT": "0",
        "GUILDBASE_LOG_FORMAT": "json",
    }
    guildbase = [sys.executable, "-S", "-m", "guildbase"]
    subprocess.run([*guildbase, "db", "upgrade"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    with subprocess.Popen([*guildbase, "api"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as api:
        assert api.stderr is not None
        address = (
            next(line for line in api.stderr if "api_listens" in line).partition('"url":"')[2].partition("/api/")[0]
        )
        page = f"{address}/g/1128754567890123457/cases"
        until = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(page, timeout=5) as answer:  # noqa: S310 - it is our own process.
                    text = answer.read().decode()
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.05)
        assert "_next/static" in text
        assert "not built yet" not in text
        api.send_signal(signal.SIGTERM)
        assert api.wait(15) == 0
