"""Every block of the guide for authors of bots is run as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs/guides/test-your-bot.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [body for found, body in _BLOCK.findall(GUIDE.read_text()) if found == kind]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made of all blocks, each of which names its file in the first line."""
    folder = tmp_path_factory.mktemp("guide")
    for block in [*blocks("toml"), *blocks("python")]:
        name, _, _ = block.partition("\n")
        with (folder / name.removeprefix("# ")).open("a") as file:
            file.write(block)
    return folder


def run(project: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout


def test_the_tests_of_the_guide_pass(project: Path) -> None:
    written = (project / "test_bot.py").read_text().count("async def test_")
    assert f"{written} passed" in (told := run(project, "test_bot.py")), told


def test_the_failure_looks_as_the_guide_shows(project: Path) -> None:
    told = run(project, "test_failing.py", "--tb=short")
    (shown,) = blocks("text")
    lines = [it.rstrip() for it in told.splitlines()]
    wanted = [it.rstrip() for it in shown.splitlines()]
    start = lines.index(wanted[0])
    assert [it for it in lines[start:] if it != "E"][: len(wanted)] == wanted


def test_no_block_is_left_out() -> None:
    kinds = {kind for kind, _ in _BLOCK.findall(GUIDE.read_text())}
    assert kinds == {"sh", "toml", "python", "text"}
