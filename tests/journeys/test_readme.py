"""What the README tells a newcomer is run as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()


def test_the_readmes_own_feature_answers_in_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, code in re.findall(r"```python\n# (\S+)\n(.*?)```", README, flags=re.DOTALL):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(code)
    monkeypatch.setenv("GUILDBASE_FEATURES_DIR", "features")
    command = (sys.executable, "-m", "guildbase", "demo")
    ended = subprocess.run(command, input="/hello\n", capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Hello!" in ended.stdout


def test_every_make_target_and_file_that_the_docs_name_exists() -> None:
    texts = [README, *(path.read_text() for path in [ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])]
    targets = {target for text in texts for target in re.findall(r"`make (\w+)`", text)}
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert targets
    assert targets <= known
    for page in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*/*.md"),
    ):
        for name in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / name).exists(), f"{page}: {name}"


def test_every_setting_is_documented_in_the_example_file() -> None:
    written = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"GUILDBASE_[A-Z_]+", README))
    assert named
    assert all(f"{name}=" in written for name in named)
